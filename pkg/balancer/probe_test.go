package balancer_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/registry/registrytest"
)

func TestConn_InstanceUnresponsive_OnlyProbed(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout = time.Second // plenty for b, even on a busy machine
	a, b := n.instance("a"), n.instance("b")
	a.registration.Deregister()
	proxy := registrytest.NewProxy(t, a.address)
	registrytest.Register(t, n.client, "health", "a", proxy.Endpoint())
	var calls, probes atomic.Int64 // attempted at a
	n.opts.Dial = append(n.opts.Dial, grpc.WithUnaryInterceptor(
		func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			switch {
			case cc.Target() != proxy.Endpoint():
			case req.(*healthv1.HealthCheckRequest).GetService() == "":
				calls.Add(1)
			default:
				probes.Add(1)
			}
			return invoke(ctx, method, req, reply, cc, opts...)
		}))
	health := n.dial(2)
	many := func() {
		var callers sync.WaitGroup
		for range 40 {
			callers.Go(func() { check(t, health) })
		}
		callers.Wait()
	}
	many()
	proxy.Partition()
	registrytest.Await(t, "the breaker is open", func() bool {
		many()
		return t.Failed() || n.value("todokit_discovery_breaker_state", proxy.Endpoint()) == 2
	})
	calls.Store(0)
	registrytest.Await(t, "three probes", func() bool {
		many()
		return t.Failed() || probes.Load() >= 3
	})
	if calls.Load() != 0 {
		t.Errorf("%d calls were tried at the instance that hangs", calls.Load())
	}
	proxy.Heal()
	b.server.Stop()
	registrytest.Await(t, "the breaker is closed", func() bool {
		_, _ = health.Check(t.Context(), &healthv1.HealthCheckRequest{})
		return n.value("todokit_discovery_breaker_state", proxy.Endpoint()) == 0
	})
}
