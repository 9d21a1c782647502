package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
)

// TestSignIn_Flood_OthersAreServed has 64 connections guess passwords of
// many names from many addresses, each as fast as it is answered, while
// somebody goes on with their work.
func TestSignIn_Flood_OthersAreServed(t *testing.T) {
	t.Parallel()
	const connections, mebibytes = 64, 256
	guesses := 30
	if raceDetector { // each takes several times as long
		guesses = 5
	}
	s := newSystem(t)
	s.http.Transport = &http.Transport{MaxIdleConnsPerHost: 2 * connections}
	s.launch = func() {
		s.gateway = start(t, "standalone", settings{
			"DATA_DIR": filepath.Join(t.TempDir(), "data"), "HTTP_ADDR": "127.0.0.1:0", "HTTP_TRUSTED_PROXIES": "127.0.0.1",
		})
	}
	s.boot(t)
	c := s.newUser(t)
	c.createTask(t, fields{"title": "Undisturbed"})
	quiet := s.listFor(t, c, 50, nil)

	var flood sync.WaitGroup
	over := make(chan struct{})
	for n := range connections {
		flood.Go(func() {
			for i := range guesses {
				a, err := s.nobody().try(t, http.MethodPost, sessions, fields{"user_name": ulid.Make().String(), "password": "correct horse"},
					with("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i, n)))
				refused := []int{http.StatusUnauthorized, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
				if err != nil || !slices.Contains(refused, a.status) {
					t.Errorf("a guess: %d %s, %v", a.status, a.body, err)
				}
			}
		})
	}
	go func() {
		flood.Wait()
		close(over)
	}()
	during := s.listFor(t, c, 1, over)
	t.Logf("half of the reads took less than %v before, and %v during the flood", median(quiet), median(during))
	_, page, err := getPage(t, "http://"+s.gateway.address(t, "admin")+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_, rss, _ := strings.Cut(page, "\nprocess_resident_memory_bytes ")
	rss, _, _ = strings.Cut(rss, "\n")
	bytes, err := strconv.ParseFloat(rss, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the process has %.0f MiB", bytes/(1<<20))
	if bytes > mebibytes<<20 && !raceDetector { // which needs several times as much
		t.Errorf("more than %d MiB", mebibytes)
	}
}

// listFor reads tasks at least a number of times, and until over is closed.
func (s *system) listFor(t *testing.T, c *client, least int, over <-chan struct{}) (took []time.Duration) {
	t.Helper()
	for range least {
		took = append(took, listOnce(t, c))
	}
	for over != nil {
		select {
		case <-over:
			return took
		default:
			took = append(took, listOnce(t, c))
		}
	}
	return took
}

func listOnce(t *testing.T, c *client) time.Duration {
	t.Helper()
	begin := time.Now()
	c.do(t, http.MethodGet, tasks, nil, with("X-Forwarded-For", "192.0.2.7")).want(t, http.StatusOK)
	return time.Since(begin)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2].Round(10 * time.Microsecond)
}
