package process_test

import (
	"errors"
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
	if n := l.accepted.Load(); n != connections {
		t.Errorf("of %d connections that were accepted, %d had an answer", n, connections)
	}
}
