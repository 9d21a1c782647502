package rpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

func TestServer_LimiterFull_OverloadedFromTheService(t *testing.T) {
	t.Parallel()
	limiter := loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	asked := ""
	c := start(t, rpc.ServerOptions{
		Verifier: goodToken{}, Limiter: func(method string, _ any) *loadshed.Limiter { asked = method; return limiter },
	}, func(context.Context) error { return nil })
	ctx := token.WithBearer(t.Context(), "good")
	if err := call(ctx, c); err != nil || asked != checkMethod {
		t.Fatalf("got %v; asked for the limiter of %q", err, asked)
	}
	if err := limiter.Enter(t.Context()); err != nil { // and so the last call has left
		t.Fatal(err)
	}
	err := call(ctx, c)
	if !errors.Is(err, errs.ErrOverloaded) || !rpc.FromService(err) {
		t.Errorf("got %v, from the service: %v", err, rpc.FromService(err))
	}
	if err = call(t.Context(), c); !errors.Is(err, errs.ErrUnauthenticated) { // whoever it is takes no place
		t.Errorf("without a token: %v", err)
	}
	limiter.Leave()
	if err := call(ctx, c); err != nil {
		t.Error(err)
	}
}

// So the caller does not take an instance whose database is slow for a dead one,
// and does not try another.
func TestServer_DeadlineExceeded_UnavailableBeforeTheCallersDeadline(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	c := start(t, rpc.ServerOptions{Verifier: goodToken{}}, func(ctx context.Context) error {
		deadline, _ = ctx.Deadline()
		return errs.ErrDeadline // as a statement does, when it has come
	})
	callerDeadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(token.WithBearer(t.Context(), "good"), callerDeadline)
	defer cancel()
	err := call(ctx, c)
	if !errors.Is(err, errs.ErrUnavailable) || !rpc.FromService(err) {
		t.Errorf("got %v, from the service: %v", err, rpc.FromService(err))
	}
	if deadline.IsZero() || !deadline.Before(callerDeadline) {
		t.Errorf("the service may work until %v, the caller waits until %v", deadline, callerDeadline)
	}
}

func TestServer_CallerDeadline_LeavesTimeForTheReply(t *testing.T) {
	t.Parallel()
	const timeout, reserve = 5 * time.Second, 50 * time.Millisecond
	var left time.Duration
	c := start(t, rpc.ServerOptions{Verifier: goodToken{}}, func(ctx context.Context) error {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return nil
	})
	ctx, cancel := context.WithTimeout(token.WithBearer(t.Context(), "good"), timeout)
	defer cancel()
	if err := call(ctx, c); err != nil || left > timeout-reserve || left <= 0 {
		t.Errorf("%v of %v were for the service: %v", left, timeout, err)
	}
}

func TestServer_NoDeadline_TenSeconds(t *testing.T) {
	t.Parallel()
	c := start(t, rpc.ServerOptions{Verifier: goodToken{}}, func(ctx context.Context) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 10*time.Second {
			return errors.New("it may take for ever")
		}
		return nil
	})
	if err := call(token.WithBearer(t.Context(), "good"), c); err != nil {
		t.Error(err)
	}
}

func TestServer_CallerLeaves_ServiceContextEnds(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan error, 1)
	c := start(t, rpc.ServerOptions{Verifier: goodToken{}}, func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	})
	ctx, leave := context.WithCancel(token.WithBearer(t.Context(), "good"))
	go func() {
		<-begun
		leave()
	}()
	if err := call(ctx, c); !errors.Is(err, errs.ErrCancelled) {
		t.Errorf("the caller got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the service saw %v", err)
	}
}

// keepPlaces are requests that are worked on until the test ends them.
type keepPlaces struct {
	begun chan struct{}
	end   chan struct{}
}

func (k keepPlaces) check(ctx context.Context) error {
	k.begun <- struct{}{}
	select {
	case <-k.end:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestServer_OneCallerWithItsShare_OthersAreServed calls through two connections,
// as two gateways would: the share is one of the service.
func TestServer_OneCallerWithItsShare_OthersAreServed(t *testing.T) {
	t.Parallel()
	limiter := loadshed.New(loadshed.Options{Name: "test", Concurrent: 8, Share: 2, Registerer: prometheus.NewRegistry()})
	k := keepPlaces{make(chan struct{}), make(chan struct{})}
	defer close(k.end)
	users := map[string]token.Claims{"greedy": {UserID: ulid.Make()}, "modest": {UserID: ulid.Make()}}
	gateways := make([]healthpb.HealthClient, 2)
	o := rpc.ServerOptions{Verifier: tokens(users), Limiter: func(string, any) *loadshed.Limiter { return limiter }}
	for i := range gateways {
		gateways[i] = start(t, o, k.check)
	}
	for _, g := range gateways {
		go func() { _ = call(token.WithBearer(t.Context(), "greedy"), g) }()
		<-k.begun
	}
	for _, g := range gateways {
		err := call(token.WithBearer(t.Context(), "greedy"), g)
		if !errors.Is(err, errs.ErrTooManyAtOnce) || !rpc.FromService(err) {
			t.Errorf("the greedy one got %v", err)
		}
		go func() { _ = call(token.WithBearer(t.Context(), "modest"), g) }()
		<-k.begun
	}
}

// Methods that need no token are shared out between the addresses of clients.
func TestServer_OneAddressWithItsShare_OthersAreServed(t *testing.T) {
	t.Parallel()
	limiter := loadshed.New(loadshed.Options{Name: "test", Concurrent: 8, Share: 1, Registerer: prometheus.NewRegistry()})
	k := keepPlaces{make(chan struct{}), make(chan struct{})}
	defer close(k.end)
	c := start(t, rpc.ServerOptions{Public: []string{checkMethod}, Limiter: func(string, any) *loadshed.Limiter { return limiter }}, k.check)
	for _, addresses := range [][2]string{{"192.0.2.1", "192.0.2.1"}, {"2001:db8::1", "2001:db8::2"}} {
		go func() { _ = call(rpc.WithAddress(t.Context(), addresses[0]), c) }()
		<-k.begun
		if err := call(rpc.WithAddress(t.Context(), addresses[1]), c); !errors.Is(err, errs.ErrTooManyAtOnce) {
			t.Errorf("from %s, after %s: %v", addresses[1], addresses[0], err)
		}
	}
	for _, address := range []string{"192.0.2.2", "2001:db8:0:1::1", "", "@"} {
		go func() { _ = call(rpc.WithAddress(t.Context(), address), c) }()
		<-k.begun
	}
}

// tokens is a Verifier that knows some tokens.
type tokens map[string]token.Claims

func (k tokens) Verify(_ context.Context, raw string) (token.Claims, error) {
	claims, ok := k[raw]
	if !ok {
		return claims, errs.ErrUnauthenticated
	}
	return claims, nil
}
