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
)

// Redis is away when so many lookups in a row have failed. From then on, no
// lookup waits for it: a probe finds out when it is back.
const (
	breakerCalls = 5
	probeEvery   = 500 * time.Millisecond
)

// errAway is why Redis is not asked.
var errAway = errors.New("the cache is away")

// guard lets nobody wait for a Redis that is away or hangs.
type guard struct {
	breaker *gobreaker.TwoStepCircuitBreaker
	opened  chan struct{}
	logger  log.Logger
	reason  atomic.Pointer[error] // of the last failure
}

func newGuard(logger log.Logger) *guard {
	g := &guard{opened: make(chan struct{}, 1), logger: logger}
	g.breaker = gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{
		Timeout:       probeEvery / 2, // it is the probe that waits
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerCalls },
		OnStateChange: func(_ string, from, to gobreaker.State) { g.changed(from, to) },
	})
	return g
}

// away says whether Redis is known to be away.
func (g *guard) away() bool { return g.breaker.State() != gobreaker.StateClosed }

// do asks Redis, unless it is away.
func (g *guard) do(ctx context.Context, ask func(context.Context) error) error {
	if g.away() {
		return errAway // a half-open breaker is for the probe
	}
	done, err := g.breaker.Allow()
	if err != nil {
		return errAway
	}
	err = g.ask(ctx, ask)
	// A caller that gave up tells nothing of Redis: then the breaker is told
	// nothing, which it can bear while it is closed.
	if answered(err) || !over(ctx) {
		done(answered(err))
	}
	return err
}

// over says whether the caller has given up. A connection may notice the end
// of the caller's time before the context does.
func over(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(end)
}

// ask gives Redis a moment to answer.
func (g *guard) ask(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := ask(ctx)
	if !answered(err) {
		g.reason.Store(&err)
	}
	return err
}

// answered says whether Redis did: that there is no such key is an answer.
func answered(err error) bool { return err == nil || errors.Is(err, redis.Nil) }

// probe asks Redis while it is away, until ctx ends.
func (g *guard) probe(ctx context.Context, ask func(context.Context) error) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.opened:
		}
		for g.away() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(probeEvery):
			}
			if done, err := g.breaker.Allow(); err == nil {
				done(answered(g.ask(ctx, ask)))
			}
		}
	}
}

// changed logs the beginning and the end of an outage, not each probe in it.
// The breaker is locked meanwhile.
func (g *guard) changed(from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed:
		_ = level.Warn(g.logger).Log("msg", "the cache does not answer; going on without it", "err", *g.reason.Load())
	case to == gobreaker.StateClosed:
		_ = level.Info(g.logger).Log("msg", "the cache answers again")
	}
	if to == gobreaker.StateOpen {
		select {
		case g.opened <- struct{}{}:
		default:
		}
	}
}
