package chaos_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// longest and mostInFlight bound every load.
	longest     = 3 * time.Minute
	maxInFlight = 2000
)

// load is a steady load in an open loop.
type load struct {
	sys    *system
	client *client
	people []*account
	cancel context.CancelFunc
	ended  chan struct{}

	inFlight atomic.Int64
	running  sync.WaitGroup

	samples

	mu  sync.Mutex
	lag time.Duration // the longest time by which an action was late: the machine was busy
}

// startLoad begins a load of so many requests a second, by users who are
// registered first.
func (s *system) startLoad(t *testing.T, rate float64) *load {
	t.Helper()
	l := s.newLoad(t)
	l.start(t, rate)
	return l
}

// newLoad registers the users.
func (s *system) newLoad(t *testing.T) *load {
	t.Helper()
	l := &load{sys: s, client: newClient(s.gateway.address)}
	t.Cleanup(l.client.http.CloseIdleConnections)
	for n := range userCount {
		l.people = append(l.people, newPerson(t, l.client, n))
	}
	return l
}

// start begins to send. A load can be started again after its stop.
func (l *load) start(t *testing.T, rate float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	l.cancel, l.ended = cancel, make(chan struct{})
	go func() {
		defer close(l.ended)
		l.send(ctx, time.Duration(float64(time.Second)*requestsPerTurn/rate))
		l.running.Wait()
	}()
	t.Cleanup(l.stop)
}

// stop ends the load, and waits for all answers.
func (l *load) stop() {
	l.cancel()
	<-l.ended
}

// send takes an action each interval, whatever becomes of the others.
func (l *load) send(ctx context.Context, interval time.Duration) {
	begin := time.Now()
	for n := 0; ; n++ {
		due := begin.Add(time.Duration(n) * interval)
		if !pause(ctx, time.Until(due)) || ctx.Err() != nil {
			return
		}
		l.late(time.Since(due))
		who := l.people[n%len(l.people)]
		if l.inFlight.Load() >= maxInFlight {
			l.note(sample{what: "not sent", begin: due, end: time.Now(), response: response{verdict: wrong, err: errTooMany}})
			continue
		}
		l.running.Go(func() {
			l.inFlight.Add(1)
			defer l.inFlight.Add(-1)
			// What has been sent may end, also after the end of the load.
			action{l, context.WithoutCancel(ctx), who}.run(n)
		})
	}
}

var errTooMany = fmt.Errorf("more than %d requests in flight", maxInFlight)

func (l *load) late(by time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lag = max(l.lag, by)
}

// runFor lets the load go on for a while.
func (l *load) runFor(t *testing.T, d time.Duration) {
	t.Helper()
	pause(t.Context(), d)
}

// statistics sum all samples up.
func (l *load) statistics() statistics {
	f := sum(l.pick(func(sample) bool { return true }))
	f.lag = l.lag
	return f
}

// recovered returns how long after a moment the last request began that was
// not answered as it should be; 0 if there is none.
func (l *load) recovered(since time.Time) time.Duration {
	var last time.Duration
	for _, s := range l.pick(notOK) {
		last = max(last, s.begin.Sub(since))
	}
	return last
}

// tooSlow fails the test, unless it is the short form: that runs wherever the
// other tests do, on machines that are busy with them.
func tooSlow(t *testing.T, format string, args ...any) {
	t.Helper()
	if fullSuite {
		t.Errorf(format, args...)
	} else {
		t.Logf(format, args...)
	}
}
