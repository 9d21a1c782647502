package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker"

	"todokit/pkg/backoff"
)

// After so many failed lookups in a row the breaker opens. From then on, no lookup
// waits for Redis: a probe finds out when it answers again.
const (
	maxFailures   = 5
	probeInterval = 500 * time.Millisecond
)

// errOpen is returned for lookups while the breaker is open.
var errOpen = errors.New("the cache is away")

// breaker keeps callers from waiting for a Redis that is away or hangs.
type breaker struct {
	circuit *gobreaker.TwoStepCircuitBreaker
	opened  chan struct{}
	logger  log.Logger
	reason  atomic.Pointer[error] // of the last failure
}

func newBreaker(logger log.Logger) *breaker {
	b := &breaker{opened: make(chan struct{}, 1), logger: logger}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{
		Timeout:       probeInterval / 2, // it is the probe that waits
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= maxFailures },
		OnStateChange: func(_ string, from, to gobreaker.State) { b.changed(from, to) },
	})
	return b
}

// open reports whether lookups are refused.
func (b *breaker) open() bool { return b.circuit.State() != gobreaker.StateClosed }

// do asks Redis, unless the breaker is open.
func (b *breaker) do(ctx context.Context, ask func(context.Context) error) error {
	if b.open() {
		return errOpen // a half-open breaker is for the probe
	}
	done, err := b.circuit.Allow()
	if err != nil {
		return errOpen
	}
	err = b.ask(ctx, ask)
	// The context of the caller has ended: that says nothing of Redis, and need not
	// be reported to a closed breaker.
	if answered(err) || !over(ctx) {
		done(answered(err))
	}
	return err
}

// over reports whether the context has ended. A connection may notice the deadline
// before the context does.
func over(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(end)
}

// ask bounds how long Redis may take.
func (b *breaker) ask(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	err := ask(ctx)
	if !answered(err) {
		b.reason.Store(&err)
	}
	return err
}

// answered reports whether Redis answered: that there is no such key is an answer.
func answered(err error) bool { return err == nil || errors.Is(err, redis.Nil) }

// probe asks Redis while the breaker is open, until ctx ends.
func (b *breaker) probe(ctx context.Context, ask func(context.Context) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.opened:
		}
		for b.open() {
			if !backoff.Sleep(ctx, probeInterval) {
				return
			}
			if done, err := b.circuit.Allow(); err == nil {
				done(answered(b.ask(ctx, ask)))
			}
		}
	}
}

// changed logs the beginning and the end of an outage, and not each probe. It is
// called with the circuit locked.
func (b *breaker) changed(from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed:
		_ = level.Warn(b.logger).Log("msg", "the cache does not answer; going on without it", "err", *b.reason.Load())
	case to == gobreaker.StateClosed:
		_ = level.Info(b.logger).Log("msg", "the cache answers again")
	}
	if to == gobreaker.StateOpen {
		select {
		case b.opened <- struct{}{}:
		default:
		}
	}
}
