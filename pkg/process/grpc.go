package process

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"google.golang.org/grpc"

	"todokit/pkg/backoff"
)

// GRPCServer serves gRPC on a listener from when it is ready.
type GRPCServer struct {
	listener net.Listener
	server   *grpc.Server
	ready    func() bool
	logger   log.Logger
	serving  atomic.Bool
}

// NewGRPC makes a server that takes calls from when ready returns true.
func NewGRPC(l net.Listener, s *grpc.Server, ready func() bool, logger log.Logger) *GRPCServer {
	return &GRPCServer{listener: l, server: s, ready: ready, logger: logger}
}

// Serving reports whether the server takes calls.
func (s *GRPCServer) Serving() bool { return s.serving.Load() }

// Add adds the server to a process. When that stops, the server finishes the calls
// in flight.
func (s *GRPCServer) Add(g *run.Group) {
	ctx, cancel := context.WithCancel(context.Background())
	g.Add(func() error {
		if !backoff.Poll(ctx, readyPoll, s.ready) {
			return s.listener.Close()
		}
		level.Info(s.logger).Log("msg", "listening", "server", "grpc", "addr", s.listener.Addr())
		s.serving.Store(true)
		if err := s.server.Serve(s.listener); !errors.Is(err, grpc.ErrServerStopped) {
			return err
		}
		return nil
	}, func(error) {
		cancel()
		kill := time.AfterFunc(stopTimeout, s.server.Stop)
		defer kill.Stop()
		s.server.GracefulStop()
	})
}
