package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"todokit/pkg/rest"
)

// uploads is a server that takes bodies, behind a proxy that tells the addresses.
func uploads(t *testing.T) *httptest.Server {
	t.Helper()
	h := newRequestLimiter(0).Limit(nil)(ok)
	proxies, err := rest.ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxies.Handler(newTestEdge().Route("/", rest.Methods{http.MethodPost: h})))
	t.Cleanup(server.Close)
	return server
}

// stallAtTheEnd uploads all of the largest body but its last byte, and waits for
// the response. Returns 0 if the connection was closed without one.
func stallAtTheEnd(t *testing.T, server *httptest.Server, address string) (status int) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-t.Context().Done():
			_ = conn.Close()
		case <-stop:
		}
	}()
	_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s",
		address, rest.MaxBody, strings.Repeat("x", rest.MaxBody-1))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if !response.Close {
		t.Errorf("after %d, the connection stays open", response.StatusCode)
	}
	return response.StatusCode
}

func upload(t *testing.T, server *httptest.Server, address string, size int) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", address)
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// The stalled bodies of many addresses take all the memory there is: those that
// stall the longest make room, for others and for each other.
func TestRequestLimiter_StalledUploadsFillTheMemory_OthersAreServed(t *testing.T) {
	t.Parallel()
	server := uploads(t)
	const room, all = 64, 80
	statuses := make(chan int, all)
	for n := range all {
		go func() { statuses <- stallAtTheEnd(t, server, fmt.Sprintf("192.0.2.%d", n)) }()
	}
	for range all - room {
		if status := <-statuses; status != http.StatusRequestTimeout && status != 0 {
			t.Errorf("a stalled upload: %d", status)
		}
	}
	for _, size := range []int{1, 5000, rest.MaxBody, rest.MaxBody} {
		if status := upload(t, server, "198.51.100.1", size); status != http.StatusOK {
			t.Errorf("another one's %d bytes: %d", size, status)
		}
	}
}

// One address has a share of the memory, whatever it sends: others do not notice,
// and those behind the same router are served as soon as the uploads stall.
func TestRequestLimiter_StalledUploadsOfOneAddress_TakeItsShareOnly(t *testing.T) {
	t.Parallel()
	server := uploads(t)
	const share, all = 16, 64
	statuses := make(chan int, all)
	for range all {
		go func() { statuses <- stallAtTheEnd(t, server, "192.0.2.1") }()
	}
	for range all - share {
		if status := <-statuses; !slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests, 0}, status) {
			t.Errorf("a stalled upload: %d", status)
		}
		if status := upload(t, server, "198.51.100.1", 1000); status != http.StatusOK {
			t.Errorf("another address: %d", status)
		}
	}
	for upload(t, server, "192.0.2.1", 1000) != http.StatusOK { // until those that are there have stalled
	}
}

// patientWriter lets reads and writes block until their deadline is moved into
// the past.
type patientWriter struct {
	*httptest.ResponseRecorder
	read, write chan struct{}
}

func newPatientWriter() *patientWriter {
	return &patientWriter{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
}

func (w *patientWriter) SetReadDeadline(time.Time) error  { close(w.read); return nil }
func (w *patientWriter) SetWriteDeadline(time.Time) error { close(w.write); return nil }

// slowBody gives some bytes after each pause, for as long as it may be read.
type slowBody struct {
	w     *patientWriter
	bytes int
	pause time.Duration
	left  int
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(b.pause):
	case <-b.w.read:
		return 0, os.ErrDeadlineExceeded
	}
	n := min(b.bytes, b.left, len(p))
	b.left -= n
	return n, nil
}

func TestRequestLimiter_SlowBody_GivenUpAfterTenSecondsFor8KiB(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bytes, size int
		pause       time.Duration
		status      int
		took        time.Duration
	}{
		"never comes":        {1, 100, time.Hour, 408, 10 * time.Second},
		"a byte a second":    {1, 100, time.Second, 408, 10 * time.Second},
		"few bytes, in time": {50, 100, 4 * time.Second, 200, 8 * time.Second},
		"1 KiB a second":     {1 << 10, 64 << 10, time.Second, 200, 64 * time.Second},
		"half of that":       {1 << 9, 64 << 10, time.Second, 408, 10 * time.Second},
		"just in time":       {4 << 10, 16 << 10, 5*time.Second - time.Millisecond, 200, 20 * time.Second},
	} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, size known %v", name, known), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newPatientWriter()
					r := withBody(&slowBody{w, tt.bytes, tt.pause, tt.size}, -1)
					if known {
						r.ContentLength = int64(tt.size)
					}
					begin := time.Now()
					newTestEdge().Route("/", rest.Methods{http.MethodPost: newRequestLimiter(0).Limit(nil)(ok)}).ServeHTTP(w, r)
					if w.Code != tt.status || time.Since(begin).Round(time.Second) != tt.took {
						t.Errorf("%d after %v, want %d after %v", w.Code, time.Since(begin), tt.status, tt.took)
					}
					if tt.status == 408 && (w.Header().Get("Connection") != "close" || problemOf(t, w.ResponseRecorder).Code != "BODY_TOO_SLOW") {
						t.Errorf("%v %s", w.Header(), w.Body)
					}
				})
			})
		}
	}
}
