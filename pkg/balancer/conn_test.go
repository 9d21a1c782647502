package balancer_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"todokit/pkg/errs"
	"todokit/pkg/registry/registrytest"
)

func TestConn_TwoInstances_RoundRobin(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.instance("a"), n.instance("b")
	health := n.dial(2)
	for range 10 {
		check(t, health)
	}
	if a.calls.Load() != 5 || b.calls.Load() != 5 {
		t.Errorf("a got %d calls, b %d", a.calls.Load(), b.calls.Load())
	}
}

func TestConn_NoInstance_FailsAtOnce(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	health := n.dial(0)
	_, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
	if !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("unary: got %v, want errs.ErrUnavailable", err)
	}
	if _, err := health.Watch(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("stream: got %v, want errs.ErrUnavailable", err)
	}
}

func TestConn_InstanceDead_NoCallFails(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.instance("a"), n.instance("b")
	health := n.dial(2)
	check(t, health)
	check(t, health)
	a.server.Stop() // and it stays registered
	b.calls.Store(0)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 50 {
				check(t, health)
			}
		})
	}
	callers.Wait()
	if b.calls.Load() != 200 {
		t.Errorf("b got %d of 200 calls", b.calls.Load())
	}
	if n.value("todokit_discovery_breaker_state", a.address) != 2 {
		t.Error("the breaker of the dead instance is not open")
	}
}

func TestConn_InstanceHangs_NoCallFailsAndBreakerOpens(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout = time.Second // plenty for b, even on a busy machine
	a, b := n.instance("a"), n.instance("b")
	a.handle(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	health := n.dial(2)
	calls := int64(0)
	registrytest.Await(t, "the breaker is open", func() bool {
		var callers sync.WaitGroup
		for range 40 { // a half of them hang at a
			callers.Go(func() { check(t, health) })
		}
		callers.Wait()
		calls += 40
		return t.Failed() || n.value("todokit_discovery_breaker_state", a.address) == 2
	})
	if b.calls.Load() != calls {
		t.Errorf("b got %d of %d calls", b.calls.Load(), calls)
	}
}

func TestConn_AllBreakersOpen_FailsAtOnceAndRecovers(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	a.handle(func(context.Context) error { return status.Error(codes.Unavailable, "from a proxy") })
	health := n.dial(1)
	registrytest.Await(t, "the breaker is open", func() bool {
		_, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
		if !errors.Is(err, errs.ErrUnavailable) {
			t.Fatalf("got %v, want errs.ErrUnavailable", err)
		}
		return n.value("todokit_discovery_breaker_state", a.address) == 2
	})
	a.handle(nil)
	registrytest.Await(t, "the breaker is closed", func() bool {
		_, _ = health.Check(t.Context(), &healthv1.HealthCheckRequest{})
		return n.value("todokit_discovery_breaker_state", a.address) == 0
	})
}

func TestConn_ServiceError_NeitherRetriedNorCounted(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	health := n.dial(1)
	for _, code := range []codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.NotFound, codes.ResourceExhausted} {
		a.calls.Store(0)
		a.handle(func(ctx context.Context) error {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("x", "y"))
			return fromService(code)
		})
		for range 30 {
			_, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
			if status.Code(err) != code {
				t.Fatalf("got %v, want %v", err, code)
			}
		}
		if a.calls.Load() != 30 {
			t.Errorf("%v: %d attempts for 30 calls", code, a.calls.Load())
		}
	}
	if n.value("todokit_discovery_breaker_state", a.address) != 0 {
		t.Error("the breaker opened over business errors")
	}
}

func TestConn_CallerCancels_NoFailure(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	received := make(chan struct{}, 30)
	a.handle(func(ctx context.Context) error {
		received <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	health := n.dial(1)
	for range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-received
			cancel()
		}()
		if _, err := health.Check(ctx, &healthv1.HealthCheckRequest{}); status.Code(err) != codes.Canceled {
			t.Fatalf("got %v", err)
		}
	}
	if a.calls.Load() != 30 {
		t.Errorf("%d attempts for 30 calls", a.calls.Load())
	}
	if n.value("todokit_discovery_breaker_state", a.address) != 0 {
		t.Error("the breaker opened over cancellations")
	}
}

func TestConn_CallerDeadline_BoundsAllAttempts(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout, n.opts.Attempts = 20*time.Millisecond, 1000
	a := n.instance("a")
	a.handle(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	health := n.dial(1)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	_, err := health.Check(ctx, &healthv1.HealthCheckRequest{})
	if errs.KindOf(err) != errs.DeadlineExceeded && status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v, want deadline exceeded", err)
	}
}

func TestConn_RetryAfterSentAttempt_Marked(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.instance("a"), n.instance("b")
	n.instance("c").server.Stop() // never reached
	var marks sync.Map
	record := func(who string, then error) func(context.Context) error {
		return func(ctx context.Context) error {
			md, _ := metadata.FromIncomingContext(ctx)
			marks.Store(who, len(md.Get("repeated")))
			return then
		}
	}
	a.handle(record("a", status.Error(codes.Unavailable, "lost")))
	b.handle(record("b", nil))
	health := n.dial(3)
	for range 3 { // whichever comes first
		check(t, health)
		got, _ := marks.Load("b")
		_, asked := marks.LoadAndDelete("a")
		if want := map[bool]int{true: 1, false: 0}[asked]; got != want {
			t.Errorf("a was asked before: %t, and the attempt at b was marked %d times", asked, got)
		}
	}
}

func TestConn_Retry_ResetsReply(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	var first atomic.Bool
	first.Store(true)
	n.opts.Dial = append(n.opts.Dial, grpc.WithUnaryInterceptor(
		func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			if req.(*healthv1.HealthCheckRequest).GetService() == proofService {
				return invoke(ctx, method, req, reply, cc, opts...)
			}
			if r := reply.(*healthv1.HealthCheckResponse); first.Swap(false) {
				r.Status = healthv1.HealthCheckResponse_NOT_SERVING
				return status.Error(codes.Unavailable, "half a reply")
			} else if r.GetStatus() != healthv1.HealthCheckResponse_UNKNOWN {
				t.Errorf("the reply was not reset: %v", r)
			}
			return invoke(ctx, method, req, reply, cc, opts...)
		}))
	n.instance("a")
	check(t, n.dial(1))
}

func TestConn_InstanceRemoved_MetricsDeleted(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	n.instance("b")
	health := n.dial(2)
	n.dial(2) // a second Conn of the process shares the metrics
	check(t, health)
	n.lint()
	if got := n.series("todokit_discovery_breaker_state"); got != 2 {
		t.Errorf("%d series, want 2", got)
	}
	a.registration.Deregister()
	registrytest.Await(t, "one instance", func() bool {
		return n.series("todokit_discovery_breaker_state") == 1 && n.value("todokit_discovery_instances", "") == 1
	})
}

func TestConn_AttemptTimeouts_OverrideDefault(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.opts.AttemptTimeout = time.Minute
	n.opts.AttemptTimeouts = map[string]time.Duration{healthv1.Health_Check_FullMethodName: time.Hour}
	a := n.instance("a")
	left := make(chan time.Duration, 1)
	a.handle(func(ctx context.Context) error {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return nil
	})
	check(t, n.dial(1))
	if got := <-left; got < 30*time.Minute || got > time.Hour {
		t.Errorf("the instance was given %v", got)
	}
}
