package discovery

import (
	"errors"
	"time"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker"
)

// A breaker opens when half of at least breakerCalls calls failed within
// breakerWindow, and lets one through after breakerOpen to see.
const (
	breakerCalls  = 20
	breakerWindow = 2 * time.Second
	breakerOpen   = time.Second
)

// newBreaker makes the breaker of one instance.
func (p *pool) newBreaker(address string, state prometheus.Gauge) *gobreaker.CircuitBreaker {
	logger := p.opts.Logger
	return gobreaker.NewCircuitBreaker(gobreaker.Settings{
		Name:     address,
		Interval: breakerWindow,
		Timeout:  breakerOpen,
		// gobreaker counts a request when it begins. Those of a hanging
		// instance must not dilute the ones that have failed already.
		ReadyToTrip: func(c gobreaker.Counts) bool {
			ended := c.TotalSuccesses + c.TotalFailures
			return ended >= breakerCalls && 2*c.TotalFailures >= ended
		},
		IsSuccessful: func(err error) bool {
			_, failed := errors.AsType[*failure](err)
			return !failed
		},
		OnStateChange: func(_ string, from, to gobreaker.State) {
			state.Set(float64(to))
			// While an instance stays dead its breaker tries every second.
			if from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				_ = level.Warn(logger).Log("msg", "breaker", "service", p.opts.Service, "instance", address, "state", to)
			}
		},
	})
}
