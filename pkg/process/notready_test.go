package process_test

import (
	"net"
	"sync/atomic"
	"testing"

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
