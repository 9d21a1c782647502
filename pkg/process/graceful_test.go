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

func TestAddHTTP_StopWithQueuedConnections_AllServed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	queued := make([]net.Conn, 50)
	for i := range queued {
		if queued[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
		defer queued[i].Close()
		if _, err = queued[i].Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
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
	for i, c := range queued {
		if response, err := io.ReadAll(c); err != nil || !bytes.HasPrefix(response, []byte("HTTP/1.1 200 OK")) {
			t.Errorf("request %d: %v, %q", i, err, response)
		}
	}
}

// countingListener counts the connections that were accepted.
type countingListener struct {
	net.Listener
	accepted atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return c, err
}

// TestAddHTTP_StopUnderLoad_EveryRequestServed sends requests without a pause while
// the server stops. It responds to all that it has accepted, and asks for another
// connection before it closes one.
func TestAddHTTP_StopUnderLoad_EveryRequestServed(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &countingListener{Listener: inner}
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
	send := func() error {
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
	if err = send(); err != nil || last {
		t.Fatalf("before the stop: %v, asked for another connection: %t", err, last)
	}
	close(stop)
	for err == nil {
		err = send()
	}
	if !last || !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("asked for another connection: %t, and then: %v", last, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := l.accepted.Load(); n > connections {
		t.Errorf("of %d connections that were accepted, %d had a response", n, connections)
	}
}
