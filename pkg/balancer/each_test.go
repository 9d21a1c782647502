package balancer_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"todokit/pkg/errs"
)

func askHealth(ctx context.Context, cc grpc.ClientConnInterface) error {
	_, err := healthv1.NewHealthClient(cc).Check(ctx, &healthv1.HealthCheckRequest{})
	return err
}

func TestConn_Each_EveryInstanceOfTheServiceIsAsked(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b, other := n.instance("a"), n.instance("b"), n.instance("c")
	other.another.Store(true)
	conn := n.conn(3)
	if err := conn.Each(t.Context(), askHealth); err != nil {
		t.Fatal(err)
	}
	if a.calls.Load() != 1 || b.calls.Load() != 1 || other.calls.Load() != 0 {
		t.Errorf("a was asked %d times, b %d, another service %d", a.calls.Load(), b.calls.Load(), other.calls.Load())
	}
	b.handle(func(context.Context) error { return fromService(codes.NotFound) })
	if err := conn.Each(t.Context(), askHealth); status.Code(errors.Unwrap(err)) != codes.NotFound {
		t.Errorf("got %v, want what b returns", err)
	}
	b.server.Stop() // and it stays registered
	if err := conn.Each(t.Context(), askHealth); err == nil {
		t.Error("no error though one of the instances could not be asked")
	}
}

func TestConn_Each_NobodyToAsk_Unavailable(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	if err := n.conn(0).Each(t.Context(), askHealth); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("no instance: got %v", err)
	}
	n.instance("a").another.Store(true)
	if err := n.conn(1).Each(t.Context(), askHealth); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("only another service: got %v", err)
	}
}
