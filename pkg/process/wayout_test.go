package process_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/run"

	"todokit/pkg/process"
)

// TestAServerThatStopsAcceptsWhoWaits lets requests wait to be accepted when
// the server stops.
func TestAServerThatStopsAcceptsWhoWaits(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	waiting := make([]net.Conn, 50)
	for i := range waiting {
		if waiting[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
		defer waiting[i].Close()
		if _, err = waiting[i].Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	var g run.Group
	g.Add(func() error { return nil }, func(error) {})
	process.AddHTTP(&g, process.HTTPServer{
		Name: "test", Listener: l, Timeouts: process.DefaultHTTPTimeouts(), Logger: log.NewNopLogger(),
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
	})
	if err = g.Run(); err != nil {
		t.Error(err)
	}
	for i, c := range waiting {
		if answer, err := io.ReadAll(c); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK")) {
			t.Errorf("request %d: %v, %q", i, err, answer)
		}
	}
}

// counting counts the connections that were accepted.
type counting struct {
	net.Listener
	accepted atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return c, err
}

// TestAServerThatStopsAnswersWhatItHasTaken asks without a pause while the
// server stops. Whatever reached it is answered, and clients are told to come
// back over another connection before theirs is closed.
func TestAServerThatStopsAnswersWhatItHasTaken(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &counting{Listener: inner}
	var g run.Group
	stop := make(chan struct{})
	g.Add(func() error { <-stop; return nil }, func(error) {})
	process.AddHTTP(&g, process.HTTPServer{
		Name: "test", Listener: l, Timeouts: process.DefaultHTTPTimeouts(), Logger: log.NewNopLogger(), Notice: 300 * time.Millisecond,
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
	})
	ended := make(chan error)
	go func() { ended <- g.Run() }()

	client := &http.Client{Transport: &http.Transport{}}
	var connections int64
	last := true // the connection is not used again
	ask := func() error {
		// A POST is one that the client does not repeat by itself.
		resp, err := client.Post("http://"+l.Addr().String(), "text/plain", nil)
		if err != nil {
			return err
		}
		if last {
			connections++
		}
		last = resp.Close
		return resp.Body.Close()
	}
	if err = ask(); err != nil || last {
		t.Fatalf("before the stop: %v, told to leave: %t", err, last)
	}
	close(stop)
	for err == nil {
		err = ask()
	}
	if !last || !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("told to leave: %t, and then: %v", last, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := l.accepted.Load(); n > connections {
		t.Errorf("of %d connections that were accepted, %d had an answer", n, connections)
	}
}
