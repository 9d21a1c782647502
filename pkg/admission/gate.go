// Package admission bounds how much a process works on at a time. What is over
// the bound waits for a moment, in a queue that is bounded too, and is then
// turned away: a refusal at once is worth more than an answer after everyone
// has given up, and costs the others nothing.
package admission

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
)

// Options of a Gate.
type Options struct {
	Name       string        // for the metrics
	Concurrent int           // places; 0: no limit
	Queue      int           // that may wait for a place
	Wait       time.Duration // for a place
	Registerer prometheus.Registerer
}

// Gate lets so many in at a time. Of those that wait, the newest goes first:
// under more load than can be carried, some are then served as fast as ever,
// whereas in the order of arrival each would first wait as long as it may. A
// nil Gate lets everyone in.
type Gate struct {
	queue   int
	wait    time.Duration
	metrics *metrics

	mu      sync.Mutex
	free    int
	waiting list.List // of chan struct{}, the newest in front; empty while a place is free
}

// New returns a Gate, nil for one without a limit.
func New(o Options) *Gate {
	if o.Concurrent <= 0 {
		return nil
	}
	return &Gate{queue: o.Queue, wait: o.Wait, free: o.Concurrent, metrics: newMetrics(o)}
}

// Enter takes a place, which Leave gives back. Returns errs.ErrOverloaded if
// too many wait already, or if no place came free in time, and
// errs.ErrCancelled if the caller left the queue.
func (g *Gate) Enter(ctx context.Context) error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		g.metrics.inFlight.Inc()
		return nil
	}
	if g.waiting.Len() >= g.queue {
		g.mu.Unlock()
		return g.full()
	}
	turn := make(chan struct{})
	place := g.waiting.PushFront(turn)
	g.mu.Unlock()
	return g.await(ctx, turn, place)
}

func (g *Gate) await(ctx context.Context, turn <-chan struct{}, place *list.Element) error {
	g.metrics.queued.Inc()
	defer g.metrics.queued.Dec()
	late := time.NewTimer(g.wait)
	defer late.Stop()
	var err error
	select {
	case <-turn:
	case <-late.C:
		err = errs.ErrOverloaded.Wrap(errors.New("no place came free in time"))
	case <-ctx.Done():
		err = givenUp(ctx.Err())
	}
	if err == nil || !g.forget(turn, place) {
		g.metrics.inFlight.Inc()
		if ctx.Err() == nil {
			return nil // the turn came, be it at the last moment
		}
		g.Leave()
		err = givenUp(ctx.Err())
	}
	if errors.Is(err, errs.ErrOverloaded) {
		g.metrics.late.Inc()
	}
	return err
}

// givenUp tells a caller that went away from one whose time was over.
func givenUp(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.ErrOverloaded.Wrap(err)
	}
	return errs.From(err)
}

// forget takes a place in the queue back, unless its turn has come.
func (g *Gate) forget(turn <-chan struct{}, place *list.Element) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-turn:
		return false
	default:
		g.waiting.Remove(place)
		return true
	}
}

// Leave gives a place back: to the newest that waits, if there is one.
func (g *Gate) Leave() {
	if g == nil {
		return
	}
	g.metrics.inFlight.Dec()
	g.mu.Lock()
	defer g.mu.Unlock()
	newest := g.waiting.Front()
	if newest == nil {
		g.free++
		return
	}
	g.waiting.Remove(newest)
	close(newest.Value.(chan struct{})) //nolint:forcetypeassert // Enter puts nothing else there
}

// Refuse returns errs.ErrOverloaded while Enter would have to: it spares one
// who would be turned away what must be done before entering.
func (g *Gate) Refuse() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	full := g.free == 0 && g.waiting.Len() >= g.queue
	g.mu.Unlock()
	if !full {
		return nil
	}
	return g.full()
}

func (g *Gate) full() error {
	g.metrics.full.Inc()
	return errs.ErrOverloaded.Wrap(errors.New("too many wait already"))
}
