package balancer

import (
	"errors"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker"
)

// A breaker opens when half of at least breakerCalls calls failed within
// breakerWindow. After breakerOpen, and a health check that was passed, it lets
// one call through to try.
const (
	breakerCalls  = 20
	breakerWindow = 2 * time.Second
	breakerOpen   = 250 * time.Millisecond
)

// stateEjected is what the metric of a breaker shows of an instance that gets no
// calls.
const stateEjected = float64(gobreaker.StateOpen)

// tripped reports whether half of the calls, or of the last breakerCalls of them,
// have failed. gobreaker counts from the beginning of a window that does not
// slide: an instance that hangs in the middle of one would be hidden behind its
// earlier successes, until the next one. And it counts a request when it
// begins: those that hang must not dilute those that have failed.
func tripped(c gobreaker.Counts) bool {
	ended := c.TotalSuccesses + c.TotalFailures
	return ended >= breakerCalls && (2*c.TotalFailures >= ended || 2*c.ConsecutiveFailures >= breakerCalls)
}

// newBreaker makes the breaker of an instance.
func (i *instance) newBreaker(state prometheus.Gauge) *gobreaker.CircuitBreaker {
	logger, address := i.pool.opts.Logger, i.address
	return gobreaker.NewCircuitBreaker(gobreaker.Settings{
		Name:        address,
		Interval:    breakerWindow,
		Timeout:     breakerOpen,
		ReadyToTrip: tripped,
		IsSuccessful: func(err error) bool {
			_, failed := errors.AsType[*failure](err)
			return !failed
		},
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if !i.ejected.Load() {
				state.Set(float64(to))
			}
			if to == gobreaker.StateOpen {
				i.eject()
			}
			// Half open is not logged: while an instance stays down, it recurs.
			if from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				_ = level.Warn(logger).Log("msg", "breaker", "service", i.pool.opts.Service, "instance", address, "state", to)
			}
		},
	})
}
