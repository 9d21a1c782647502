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

func TestAFullServiceTurnsCallsAwayItself(t *testing.T) {
	t.Parallel()
	gate := loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	asked := ""
	c := start(t, rpc.ServerOptions{
		Verifier: passwords{}, Gate: func(method string) *loadshed.Limiter { asked = method; return gate },
	}, func(context.Context) error { return nil })
	ctx := token.WithBearer(t.Context(), "good")
	if err := call(ctx, c); err != nil || asked != checkMethod {
		t.Fatalf("got %v; asked for the gate of %q", err, asked)
	}
	if err := gate.Enter(t.Context()); err != nil { // and so the last call has left
		t.Fatal(err)
	}
	err := call(t.Context(), c) // without a token: that is not even looked at
	if !errors.Is(err, errs.ErrOverloaded) || !rpc.FromService(err) {
		t.Errorf("got %v, from the service: %v", err, rpc.FromService(err))
	}
	gate.Leave()
	if err := call(ctx, c); err != nil {
		t.Error(err)
	}
}

// A service whose database is too slow says so, before its caller's patience
// ends: then nobody doubts the instance, nor asks another one.
func TestAServiceEndsBeforeItsCallersDeadline(t *testing.T) {
	t.Parallel()
	var deadline time.Time
	c := start(t, rpc.ServerOptions{Verifier: passwords{}}, func(ctx context.Context) error {
		deadline, _ = ctx.Deadline()
		return errs.ErrDeadline // as a statement does, when it has come
	})
	patience := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(token.WithBearer(t.Context(), "good"), patience)
	defer cancel()
	err := call(ctx, c)
	if !errors.Is(err, errs.ErrUnavailable) || !rpc.FromService(err) {
		t.Errorf("got %v, from the service: %v", err, rpc.FromService(err))
	}
	if deadline.IsZero() || !deadline.Before(patience) {
		t.Errorf("the service may work until %v, the caller waits until %v", deadline, patience)
	}
}

func TestSomeOfTheTimeIsForTheAnswer(t *testing.T) {
	t.Parallel()
	const patience, reserve = 5 * time.Second, 50 * time.Millisecond
	var left time.Duration
	c := start(t, rpc.ServerOptions{Verifier: passwords{}}, func(ctx context.Context) error {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return nil
	})
	ctx, cancel := context.WithTimeout(token.WithBearer(t.Context(), "good"), patience)
	defer cancel()
	if err := call(ctx, c); err != nil || left > patience-reserve || left <= 0 {
		t.Errorf("%v of %v were for the work: %v", left, patience, err)
	}
}

func TestACallWithoutADeadlineHasOne(t *testing.T) {
	t.Parallel()
	c := start(t, rpc.ServerOptions{Verifier: passwords{}}, func(ctx context.Context) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 10*time.Second {
			return errors.New("it may take for ever")
		}
		return nil
	})
	if err := call(token.WithBearer(t.Context(), "good"), c); err != nil {
		t.Error(err)
	}
}

func TestACallerThatLeavesEndsTheWork(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan error, 1)
	c := start(t, rpc.ServerOptions{Verifier: passwords{}}, func(ctx context.Context) error {
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
