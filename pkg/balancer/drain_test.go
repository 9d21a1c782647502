package balancer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/errs"
	"todokit/pkg/registry/registrytest"
)

func TestConn_InstanceRemoved_CallsInFlightFinish(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout = time.Minute
	a := n.instance("a")
	received, proceed := make(chan struct{}), make(chan struct{})
	a.handle(func(context.Context) error {
		close(received)
		<-proceed
		return nil
	})
	conn := n.conn(1)
	health := healthv1.NewHealthClient(conn)
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(t, health)
	}()
	<-received
	a.registration.Deregister()
	registrytest.Await(t, "no instance", func() bool { return len(conn.Instances()) == 0 })
	if _, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("a new call: got %v, want errs.ErrUnavailable", err)
	}
	close(proceed)
	<-done
	if a.calls.Load() != 1 {
		t.Errorf("%d calls", a.calls.Load())
	}
	a.server.GracefulStop() // returns when the client has closed the drained connection
}

func TestConn_DrainTimeout_CancelsCalls(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout, n.opts.Drain = time.Minute, time.Millisecond
	a := n.instance("a")
	received := make(chan struct{})
	a.handle(func(ctx context.Context) error {
		close(received)
		<-ctx.Done()
		return ctx.Err()
	})
	health := n.dial(1)
	go func() {
		<-received
		a.registration.Deregister()
	}()
	if _, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("got %v, want errs.ErrUnavailable", err)
	}
}

func TestConn_NewStream_DrainsAndEndsWithCaller(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.instance("a"), n.instance("b")
	n.instance("c").server.Stop() // skipped
	conn := n.conn(3)
	health := healthv1.NewHealthClient(conn)
	ctx, cancel := context.WithCancel(t.Context())
	var streams []healthv1.Health_WatchClient
	for range 4 {
		stream, err := health.Watch(ctx, &healthv1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := stream.Recv(); err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Fatalf("got %v, %v", got, err)
		}
		streams = append(streams, stream)
	}
	if a.calls.Load() == 0 || b.calls.Load() == 0 || a.calls.Load()+b.calls.Load() != 4 {
		t.Errorf("a got %d streams, b %d", a.calls.Load(), b.calls.Load())
	}
	a.registration.Deregister() // a stream in flight drains like a call
	registrytest.Await(t, "two instances", func() bool { return len(conn.Instances()) == 2 })
	cancel()
	for _, s := range streams {
		if _, err := s.Recv(); err == nil {
			t.Error("a stream went on after its caller cancelled")
		}
	}
	a.server.GracefulStop()
}

func TestConn_Close_FailsCallsInFlightAndNewOnes(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout = time.Minute
	a := n.instance("a")
	received := make(chan struct{})
	a.handle(func(ctx context.Context) error {
		close(received)
		<-ctx.Done()
		return ctx.Err()
	})
	conn := n.conn(1)
	health := healthv1.NewHealthClient(conn)
	go func() {
		<-received
		conn.Close()
	}()
	for range 2 {
		if _, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
			t.Errorf("got %v, want errs.ErrUnavailable", err)
		}
	}
}
