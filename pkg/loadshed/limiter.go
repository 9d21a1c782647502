// Package loadshed bounds how many requests a process works on at a time. Further
// requests wait for a short time, in a queue that is bounded too, and are then
// refused: an early refusal is worth more than a response after the client's
// deadline, and takes nothing from the other requests.
package loadshed

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
)

// Options of a Limiter.
type Options struct {
	Name       string        // for the metrics
	Concurrent int           // most requests in work at a time; 0: no limit
	Queue      int           // most requests that may wait
	Wait       time.Duration // longest time that a request waits
	InOrder    bool          // those that wait go in the order of arrival, not the newest first
	Registerer prometheus.Registerer
}

// Limiter bounds the requests that are in work. Of those that wait, the newest goes
// first: under overload some are then served without waiting, whereas in the order
// of arrival each would first wait as long as it may. A nil Limiter has no bounds.
type Limiter struct {
	queue   int
	wait    time.Duration
	inOrder bool
	metrics *metrics

	mu      sync.Mutex
	free    int
	waiting list.List // of chan struct{}, the next one in front; empty while a place is free
}

// New returns a Limiter, nil for one without a limit.
func New(o Options) *Limiter {
	if o.Concurrent <= 0 {
		return nil
	}
	return &Limiter{queue: o.Queue, wait: o.Wait, inOrder: o.InOrder, free: o.Concurrent, metrics: newMetrics(o)}
}

// Enter takes one of the places, which Leave gives back. Returns errs.ErrOverloaded
// if too many wait already, or if no place came free in time, and
// errs.ErrCancelled if the context was cancelled.
func (l *Limiter) Enter(ctx context.Context) error {
	if l == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return l.refused(contextError(err))
	}
	l.mu.Lock()
	if l.free > 0 {
		l.free--
		l.mu.Unlock()
		l.metrics.inFlight.Inc()
		return nil
	}
	if l.waiting.Len() >= l.queue {
		l.mu.Unlock()
		return l.full()
	}
	turn := make(chan struct{})
	push := l.waiting.PushFront
	if l.inOrder {
		push = l.waiting.PushBack
	}
	place := push(turn)
	l.mu.Unlock()
	return l.await(ctx, turn, place)
}

func (l *Limiter) await(ctx context.Context, turn <-chan struct{}, place *list.Element) error {
	l.metrics.queued.Inc()
	defer l.metrics.queued.Dec()
	late := time.NewTimer(l.wait)
	defer late.Stop()
	var err error
	select {
	case <-turn:
	case <-late.C:
		err = errs.ErrOverloaded.Wrap(errors.New("no place came free in time"))
	case <-ctx.Done():
		err = contextError(ctx.Err())
	}
	if err == nil || !l.forget(turn, place) {
		l.metrics.inFlight.Inc()
		if ctx.Err() == nil {
			return nil // the turn came, be it at the last moment
		}
		l.Leave()
		err = contextError(ctx.Err())
	}
	return l.refused(err)
}

// refused counts a caller whose time was over, and returns the error.
func (l *Limiter) refused(err error) error {
	if errors.Is(err, errs.ErrOverloaded) {
		l.metrics.late.Inc()
	}
	return err
}

// contextError is ErrOverloaded if the deadline has passed, for which the wait was
// too long, and ErrCancelled if the caller has left.
func contextError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.ErrOverloaded.Wrap(err)
	}
	return errs.From(err)
}

// forget removes a request from the queue, unless its turn has come.
func (l *Limiter) forget(turn <-chan struct{}, place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-turn:
		return false
	default:
		l.waiting.Remove(place)
		return true
	}
}

// Leave gives a place back: to the next request that waits, if there is one.
func (l *Limiter) Leave() {
	if l == nil {
		return
	}
	l.metrics.inFlight.Dec()
	l.mu.Lock()
	defer l.mu.Unlock()
	next := l.waiting.Front()
	if next == nil {
		l.free++
		return
	}
	l.waiting.Remove(next)
	close(next.Value.(chan struct{})) //nolint:forcetypeassert // Enter puts nothing else there
}

// Saturated returns errs.ErrOverloaded while Enter would have to, so that a request
// can be refused before the work that comes before Enter.
func (l *Limiter) Saturated() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	full := l.free == 0 && l.waiting.Len() >= l.queue
	l.mu.Unlock()
	if !full {
		return nil
	}
	return l.full()
}

func (l *Limiter) full() error {
	l.metrics.full.Inc()
	return errs.ErrOverloaded.Wrap(errors.New("too many wait already"))
}
