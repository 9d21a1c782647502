package rpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
		Verifier: goodToken{}, Limiter: func(method string) *loadshed.Limiter { asked = method; return limiter },
	}, func(context.Context) error { return nil })
	ctx := token.WithBearer(t.Context(), "good")
	if err := call(ctx, c); err != nil || asked != checkMethod {
		t.Fatalf("got %v; asked for the limiter of %q", err, asked)
	}
	if err := limiter.Enter(t.Context()); err != nil { // and so the last call has left
		t.Fatal(err)
	}
	err := call(t.Context(), c) // without a token: that is not even looked at
	if !errors.Is(err, errs.ErrOverloaded) || !rpc.FromService(err) {
		t.Errorf("got %v, from the service: %v", err, rpc.FromService(err))
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
