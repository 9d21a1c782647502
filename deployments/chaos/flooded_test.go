package chaos_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// flooded is the single process, with somebody who works with it while others
// flood it.
type flooded struct {
	*process
	address, admin string
	log, dir       string
	quiet          *client // of who works, from an address of their own
	name, token    string
}

// startFlooded starts the process, which may open so many files, 0 for as many as
// this one.
func startFlooded(t *testing.T, files int) *flooded {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	f := &flooded{address: freeAddress(t), admin: freeAddress(t), dir: t.TempDir()}
	f.log = filepath.Join(logFolder(t), "standalone.log")
	f.quiet = newClient(f.address)
	t.Cleanup(f.quiet.http.CloseIdleConnections)
	t.Cleanup(func() {
		if f.process != nil {
			f.kill()
		}
	})
	f.start(t, files, map[string]string{"LIMIT_USER_RATE": "0", "LIMIT_ADDRESS_RATE": "0"})
	f.name = unique()
	f.token = f.quiet.signUp(t, f.name).AccessToken
	return f
}

func (f *flooded) start(t *testing.T, files int, own map[string]string) {
	t.Helper()
	all := map[string]string{"HTTP_ADDR": f.address, "ADMIN_ADDR": f.admin, "LOG_FORMAT": "json", "DATA_DIR": filepath.Join(f.dir, "data")}
	maps.Copy(all, own)
	shell := []string{"-c", `exec "$0"`, filepath.Join(folder, "standalone")}
	if files > 0 {
		shell[1] = fmt.Sprintf("ulimit -n %d; ", files) + shell[1]
	}
	f.process = launch(t, "standalone", f.log, "/bin/sh", environment(all), nil, shell...)
	eventually(t, "it is ready", func() error {
		c := newClient(f.admin)
		defer c.http.CloseIdleConnections()
		return c.do(t.Context(), request{method: "GET", path: "/readyz", want: ok}).err
	})
}

// restart starts it again with the limits that it has by default.
func (f *flooded) restart(t *testing.T) {
	t.Helper()
	f.stop(t)
	f.quiet.http.CloseIdleConnections()
	f.start(t, 0, nil)
}

// work is what somebody does with their tasks, until over is closed.
func (f *flooded) work(t *testing.T, over <-chan struct{}) statistics {
	t.Helper()
	return f.repeat(t, over, func() []request {
		return []request{
			{method: "POST", path: tasksPath, body: map[string]any{"title": unique()}, want: created},
			{method: "GET", path: tasksPath + "?page_size=5", want: ok},
			{method: "GET", path: tasksPath + "?q=" + unique(), want: ok},
			{method: "GET", path: listsPath, want: ok},
			{method: "GET", path: usersPath + "/me", want: ok},
		}
	})
}

// repeat makes the requests of somebody again and again, until over is closed: at
// least ten times, so that the flood is there. Everything has to be answered.
func (f *flooded) repeat(t *testing.T, over <-chan struct{}, requests func() []request) statistics {
	t.Helper()
	var s statistics
	for n := 0; ; n++ {
		select {
		case <-over:
			if n >= 10 {
				return s
			}
		default:
		}
		for _, r := range requests() {
			r.token = f.token
			begin := time.Now()
			a := f.quiet.do(t.Context(), r)
			s.slowest = max(s.slowest, time.Since(begin))
			s.sent++
			switch a.verdict {
			case right:
				continue
			case refused:
				s.refused++
			default:
				s.failed++
			}
			t.Errorf("%s %s: %v", r.method, r.path, a.err)
		}
	}
}

// flood runs senders at a time, for a while. Each of them is called again and
// again, until the context ends.
func flood(t *testing.T, senders int, d time.Duration, send func(ctx context.Context, n int)) (over <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	done := make(chan struct{})
	var all sync.WaitGroup
	for n := range senders {
		all.Go(func() {
			for ctx.Err() == nil {
				send(ctx, n)
			}
		})
	}
	go func() {
		defer close(done)
		defer cancel()
		all.Wait()
	}()
	t.Cleanup(func() { cancel(); <-done })
	return done
}

// from returns a client with an address of its own on this machine.
func (f *flooded) from(t *testing.T, address string) *client {
	t.Helper()
	c := newClient(f.address)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	c.http.Transport = &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 512, MaxIdleConns: 512}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// connect opens a connection from an address, which is closed when the context ends.
func (f *flooded) connect(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	c, err := d.DialContext(ctx, "tcp", f.address)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = c.Close() })
	}
	return c, err
}

// peak is the most memory that the process has had, in MiB.
func (f *flooded) peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.cmd.Process.Pid))
	if err != nil {
		t.Skipf("this system does not tell: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}
