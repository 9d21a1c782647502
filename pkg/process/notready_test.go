package process_test

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/run"
	"google.golang.org/grpc"

	"todokit/pkg/process"
)

// TestGRPCServer_NotReady_ClosesConnections connects like the clients of an instance
// that restarts, which know its address from before.
func TestGRPCServer_NotReady_ClosesConnections(t *testing.T) {
	t.Parallel()
	l, address, err := process.GRPCConfig{Addr: "127.0.0.1:0"}.Listen()
	if err != nil {
		t.Fatal(err)
	}
	// connects reports whether the server has begun to speak HTTP/2.
	connects := func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
		n, readErr := c.Read(make([]byte, 9))
		return err == nil && readErr == nil && n > 0
	}
	for range 3 {
		if connects() {
			t.Fatal("a connection was accepted before the server exists")
		}
	}
	var ready atomic.Bool
	s := process.NewGRPC(l, grpc.NewServer(), ready.Load, log.NewNopLogger())
	var g run.Group
	stop := make(chan struct{})
	g.Add(func() error { <-stop; return nil }, func(error) {})
	s.Add(&g)
	ended := make(chan error)
	go func() { ended <- g.Run() }()
	if connects() || s.Serving() {
		t.Error("a connection was accepted before the server is ready")
	}
	ready.Store(true)
	for !s.Serving() || !connects() { // the server polls
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestGRPCServer_NeverReady_Stops(t *testing.T) {
	t.Parallel()
	l, address, err := process.GRPCConfig{Addr: "127.0.0.1:0"}.Listen()
	if err != nil {
		t.Fatal(err)
	}
	s := process.NewGRPC(l, grpc.NewServer(), func() bool { return false }, log.NewNopLogger())
	var g run.Group
	g.Add(func() error { return nil }, func(error) {})
	s.Add(&g)
	if err := g.Run(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", address); err == nil {
		t.Error("it still listens", c.Close())
	}
}

// scriptedListener returns the results that it is given.
type scriptedListener struct {
	net.Listener
	results chan any // an error, or a net.Conn
}

func (l scriptedListener) Accept() (net.Conn, error) {
	switch r := (<-l.results).(type) {
	case net.Conn:
		return r, nil
	case error:
		return nil, r
	default:
		return nil, net.ErrClosed
	}
}

func (l scriptedListener) Close() error { close(l.results); return nil }

func TestNotReadyListener_AcceptFails_GoesOnToTurnCallersAway(t *testing.T) {
	t.Parallel()
	for _, failure := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ECONNABORTED, errors.New("of no known kind")} {
		synctest.Test(t, func(t *testing.T) {
			inner := scriptedListener{results: make(chan any)}
			l := process.NewNotReadyListener(inner)
			begin := time.Now()
			for range 3 {
				for range 20 {
					inner.results <- &net.OpError{Op: "accept", Err: failure}
				}
				caller, accepted := net.Pipe()
				inner.results <- accepted
				if _, err := caller.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("%v: the caller was not turned away: %v", failure, err)
				}
			}
			if took := time.Since(begin); took < 10*time.Second {
				t.Errorf("%v: 60 failures took %v: there was no wait between them", failure, took)
			}
			// Ready in the middle of a failure, it accepts.
			inner.results <- &net.OpError{Op: "accept", Err: failure}
			_, accepted := net.Pipe()
			go func() { inner.results <- accepted }()
			if c, err := l.Accept(); err != nil || c != accepted {
				t.Errorf("%v: got %v, %v", failure, c, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNotReadyListener_CloseDuringFailure_Ends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := scriptedListener{results: make(chan any)}
		l := process.NewNotReadyListener(inner)
		inner.results <- syscall.EMFILE
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}
