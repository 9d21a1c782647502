// Package loadshed bounds how many requests a process works on at a time. Further
// requests wait for a short time, in a queue that is bounded too, and are then
// refused: an early refusal is worth more than a response after the client's
// deadline, and takes nothing from the other requests. The places are shared out
// between those who send requests, so that each of them slows down only itself.
package loadshed

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
	"todokit/pkg/ipnetwork"
)

// Options of a Limiter.
type Options struct {
	Name       string        // for the metrics
	Concurrent int           // most requests in work at a time; 0: no limit
	Share      int           // most of them with the same key; 0: a quarter, but at least 2
	Queue      int           // most requests that may wait
	Wait       time.Duration // longest time that a request waits
	ShareWait  time.Duration // the same while its own key has its share of the places; at least Wait
	InOrder    bool          // those that wait go in the order of arrival, not the newest first
	Registerer prometheus.Registerer
}

// Key tells whose a request is: it is a user's id, or an address. The zero Key is
// nobody's, and has no share that could be exceeded.
type Key [16]byte

// AddressKey is the key of an IP address: of an IPv6 address, that of its /64.
func AddressKey(addr netip.Addr) Key { return ipnetwork.Of(addr).Addr().As16() }

// Limiter bounds the requests that are in work, in all and for each key. Places
// that come free go to the keys that wait in turns. Of the requests of one key,
// and of the keys that begin to wait, the newest goes first: under overload some
// are then served without waiting, whereas in the order of arrival each would
// first wait as long as it may. A nil Limiter has no bounds.
type Limiter struct {
	queue, share int
	wait         time.Duration
	shareWait    time.Duration // beyond wait
	inOrder      bool
	metrics      *metrics

	mu     sync.Mutex
	free   int
	queued int
	lines  lines
}

// New returns a Limiter, nil for one without a limit.
func New(o Options) *Limiter {
	if o.Concurrent <= 0 {
		return nil
	}
	if o.Share <= 0 {
		o.Share = max(o.Concurrent/4, 2)
	}
	return &Limiter{
		queue: o.Queue, share: o.Share, wait: o.Wait, shareWait: max(o.ShareWait-o.Wait, 0), inOrder: o.InOrder, free: o.Concurrent,
		metrics: newMetrics(o), lines: newLines(),
	}
}

// Enter is EnterFor nobody in particular.
func (l *Limiter) Enter(ctx context.Context) error { return l.EnterFor(ctx, Key{}) }

// Leave is LeaveFor for a place that Enter took.
func (l *Limiter) Leave() { l.LeaveFor(Key{}) }

// EnterFor takes one of the places, which LeaveFor gives back. Returns
// errs.ErrOverloaded if too many wait already, or if no place came free in time,
// errs.ErrTooManyAtOnce instead while the key has its share of the places, and
// errs.ErrCancelled if the context was cancelled.
func (l *Limiter) EnterFor(ctx context.Context, key Key) error {
	if l == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return l.refused(contextError(err))
	}
	l.mu.Lock()
	own := l.lines.of(key)
	if l.free > 0 && l.mayWork(own) { // nobody waits who may work, while a place is free
		l.free--
		own.inWork++
		l.mu.Unlock()
		l.metrics.inFlight.Inc()
		return nil
	}
	if l.queued >= l.queue && !l.makeRoom(own) {
		err := l.full(own)
		l.lines.settle(own, l.mayWork(own))
		l.mu.Unlock()
		return l.refused(err)
	}
	w := l.enqueue(own)
	l.mu.Unlock()
	return l.await(ctx, w)
}

// LeaveFor gives a place back: to the next request that waits, if there is one.
func (l *Limiter) LeaveFor(key Key) {
	if l == nil {
		return
	}
	l.metrics.inFlight.Dec()
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.lines.of(key)
	own.inWork--
	l.free++
	l.lines.settle(own, l.mayWork(own))
	l.giveTurns()
}

// Saturated is SaturatedFor nobody in particular.
func (l *Limiter) Saturated() error { return l.SaturatedFor(Key{}) }

// SaturatedFor returns the error that EnterFor would have to return at once, so
// that a request can be refused before the work that comes before it.
func (l *Limiter) SaturatedFor(key Key) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	own := l.lines.of(key)
	var err error
	if l.queued >= l.queue && (l.free == 0 || !l.mayWork(own)) && l.longest(own) == nil {
		err = l.full(own)
	}
	l.lines.settle(own, l.mayWork(own))
	l.mu.Unlock()
	return l.refused(err)
}

func (l *Limiter) await(ctx context.Context, w *waiter) error {
	l.metrics.queued.Inc()
	defer l.metrics.queued.Dec()
	err := l.awaitTurn(ctx, w, l.wait)
	if errors.Is(err, errLate) && l.hasShare(w.line) {
		err = l.awaitTurn(ctx, w, l.shareWait)
	}
	if l.forget(w, &err) {
		return l.refused(err)
	}
	l.metrics.inFlight.Inc() // the turn came, be it at the last moment
	if ctx.Err() == nil {
		return nil
	}
	l.LeaveFor(w.line.key)
	return l.refused(contextError(ctx.Err()))
}

// awaitTurn returns nil when the request was called.
func (l *Limiter) awaitTurn(ctx context.Context, w *waiter, atMost time.Duration) error {
	late := time.NewTimer(atMost)
	defer late.Stop()
	select {
	case <-w.called:
		return nil
	case <-late.C:
		return errLate
	case <-ctx.Done():
		return contextError(ctx.Err())
	}
}

// hasShare says whether a line has its share of the places.
func (l *Limiter) hasShare(n *line) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.mayWork(n)
}

// forget removes a request from the queue, unless its turn has come. It makes
// the error right for one that was pushed out, and for one whose key has its share.
func (l *Limiter) forget(w *waiter, err *error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-w.called:
		if w.out == nil {
			return false
		}
		*err = w.out
	default:
		if errors.Is(*err, errs.ErrOverloaded) && !l.mayWork(w.line) {
			*err = errShare
		}
		l.remove(w)
		l.lines.settle(w.line, l.mayWork(w.line))
	}
	return true
}

// The reasons of a refusal.
var (
	errFull  = errs.ErrOverloaded.Wrap(errors.New("too many wait already"))
	errLate  = errs.ErrOverloaded.Wrap(errors.New("no place came free in time"))
	errShare = errs.ErrTooManyAtOnce.Wrap(errors.New("it has its share of the places"))
)

// full is why a request of this line may not wait.
func (l *Limiter) full(own *line) error {
	if !l.mayWork(own) {
		return errShare
	}
	return errFull
}

// contextError is ErrOverloaded if the deadline has passed, for which the wait was
// too long, and ErrCancelled if the caller has left.
func contextError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.ErrOverloaded.Wrap(err)
	}
	return errs.From(err)
}

// refused counts a refusal, and returns its error.
func (l *Limiter) refused(err error) error {
	switch {
	case errors.Is(err, errs.ErrTooManyAtOnce):
		l.metrics.share.Inc()
	case errors.Is(err, errFull.Unwrap()):
		l.metrics.full.Inc()
	case errors.Is(err, errs.ErrOverloaded):
		l.metrics.late.Inc()
	}
	return err
}
