package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// lowLimits and slowDatabase hold what the gateway can carry at about 300 requests
// a second, whatever the machine, so that the load and the refusals leave the
// work its share of it.
var lowLimits = map[string]string{
	"LIMIT_CONCURRENT": "3", "LIMIT_QUEUE": "3", "LIMIT_WAIT": "20ms", "LIMIT_HASHING": "1",
}

const slowDatabase = 8 * time.Millisecond

const capacity = 300

// overload sends five times the load that the gateway can carry.
func overload(t *testing.T) row {
	s := newSystem(t, setup{gateway: lowLimits, databaseLatency: slowDatabase})
	l := s.newLoad(t)
	unloaded := l.phase(t, capacity/10, times(6*time.Second, 2*time.Second))
	var peak float64
	for _, share := range []float64{1, 2, 3} {
		peak = max(peak, l.phase(t, share*capacity, times(5*time.Second, time.Second)).goodput())
	}
	health := s.watchHealth(t)
	flood := l.phase(t, 5*capacity, times(20*time.Second, 3*time.Second))
	slowestHealth := health()
	usual := sum(unloaded.accepted)
	accepted := sum(flood.accepted)
	if flood.goodput() < 0.9*peak {
		tooSlow(t, "goodput %.0f/s, of %.0f/s at its peak", flood.goodput(), peak)
	}
	if accepted.p99 > 3*usual.p99 {
		tooSlow(t, "the p99 of accepted requests is %v, and %v without load", accepted.p99, usual.p99)
	}
	if slowestHealth > 100*time.Millisecond {
		tooSlow(t, "health answers in %v", slowestHealth)
	}
	wantNone(t, "neither right nor refused as they should be", l.pick(func(s sample) bool { return s.verdict == wrong }), flood.begin)
	quiet := l.phase(t, capacity/10, 2*time.Second)
	l.audit(t)
	f := sum(flood.all)
	f.p99, f.lag = accepted.p99, l.lag
	return row{statistics: f, note: fmt.Sprintf(
		"goodput %.0f/s, peak %.0f/s; p99 unloaded %v, accepted %v, afterwards %v; health %v",
		flood.goodput(), peak, usual.p99, accepted.p99, sum(quiet.accepted).p99, slowestHealth)}
}

// phase is a time of one load.
type phase struct {
	begin, end    time.Time
	all, accepted []sample
}

func (l *load) phase(t *testing.T, rate float64, d time.Duration) phase {
	t.Helper()
	p := phase{begin: time.Now()}
	l.start(t, rate)
	l.runFor(t, d)
	p.end = time.Now()
	l.stop()
	p.all = l.pick(func(s sample) bool { return !s.begin.Before(p.begin) })
	for _, s := range p.all {
		if s.verdict <= stale {
			p.accepted = append(p.accepted, s)
		}
	}
	return p
}

// goodput is how many requests a second were answered as they should be.
func (p phase) goodput() float64 {
	return float64(len(p.accepted)) / p.end.Sub(p.begin).Seconds()
}

// watchHealth asks the gateway for its health, twenty times a second, until
// the function it returns is called: that returns the longest answer.
func (s *system) watchHealth(t *testing.T) func() time.Duration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	slowest := make(chan time.Duration)
	c := newClient(s.gateway.address)
	go func() {
		defer c.http.CloseIdleConnections()
		var most time.Duration
		for pause(ctx, 50*time.Millisecond) {
			for _, path := range []string{"/healthz", "/readyz"} {
				begin := time.Now()
				if a := c.do(context.WithoutCancel(ctx), request{method: http.MethodGet, path: path, want: ok}); a.verdict != right {
					t.Errorf("%s: %v", path, a.err)
				}
				most = max(most, time.Since(begin))
			}
		}
		slowest <- most
	}()
	return func() time.Duration {
		cancel()
		return <-slowest
	}
}
