// Package batch carries out together what is asked for at the same time. While
// one batch is under way, requests gather, and are the next: nobody waits for
// others to come, one request alone is carried out at once, and the busier it
// is, the less each request costs. Databases do the same with commits, and
// call it group commit.
package batch

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Result answers one request.
type Result[Resp any] struct {
	Value Resp
	Err   error
}

// Run carries out a batch, and returns as many results, in the same order. Its
// context lasts as long as anyone waits for the batch.
type Run[Req, Resp any] func(context.Context, []Req) []Result[Resp]

// Options bound what is done together.
type Options struct {
	Size  int // most requests in a batch
	Lanes int // most batches at the same time; 0: 1
	// Patience is for how long a batch counts among those. One that takes longer
	// goes on, and the next begins beside it. 0: for as long as it takes.
	Patience time.Duration
}

// Group gathers requests. Its methods are safe for concurrent use. It needs no
// end: nothing of it runs while nobody waits.
type Group[Req, Resp any] struct {
	options Options
	run     Run[Req, Resp]

	mu      sync.Mutex
	running int
	waiting []*call[Req, Resp]
}

// New returns a group without requests.
func New[Req, Resp any](o Options, run Run[Req, Resp]) *Group[Req, Resp] {
	o.Size, o.Lanes = max(o.Size, 1), max(o.Lanes, 1)
	return &Group[Req, Resp]{options: o, run: run}
}

// call is one request that waits for its result.
type call[Req, Resp any] struct {
	ctx    context.Context //nolint:containedctx // it goes from the one who waits to the one who works
	req    Req
	result chan Result[Resp]
}

// Do asks for a request to be carried out in the next batch, and returns what
// became of it, or ctx.Err() if the context ends first; the batch goes on while
// others wait for it.
func (g *Group[Req, Resp]) Do(ctx context.Context, req Req) (Resp, error) {
	c := &call[Req, Resp]{ctx: ctx, req: req, result: make(chan Result[Resp], 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	idle := g.running < g.options.Lanes
	if idle {
		g.running++
	}
	g.mu.Unlock()
	if idle {
		go g.work()
	}
	select {
	case r := <-c.result:
		return r.Value, r.Err
	case <-ctx.Done():
		var none Resp
		return none, ctx.Err()
	}
}

// work carries out batches until nobody waits, or others do it instead.
func (g *Group[Req, Resp]) work() {
	runtime.Gosched() // whoever is about to ask as well shall be in time
	for {
		calls := g.next()
		if len(calls) == 0 {
			return
		}
		replaced := g.replacing()
		g.carryOut(calls)
		if replaced() {
			return
		}
	}
}

// replacing has others go on in the place of a batch that takes too long. What
// it returns is for the end of the batch, and says whether that has happened.
func (g *Group[Req, Resp]) replacing() (replaced func() bool) {
	if g.options.Patience == 0 {
		return func() bool { return false }
	}
	timer := time.AfterFunc(g.options.Patience, g.work)
	return func() bool { return !timer.Stop() }
}

// next takes the calls that wait, without those whose callers have left. With
// none it gives the lane back.
func (g *Group[Req, Resp]) next() []*call[Req, Resp] {
	g.mu.Lock()
	defer g.mu.Unlock()
	var calls []*call[Req, Resp]
	for len(g.waiting) > 0 && len(calls) < g.options.Size {
		if c := g.waiting[0]; c.ctx.Err() == nil {
			calls = append(calls, c)
		}
		g.waiting[0] = nil // what is behind the slice is not kept alive
		g.waiting = g.waiting[1:]
	}
	if len(calls) == 0 {
		g.running--
	}
	return calls
}

func (g *Group[Req, Resp]) carryOut(calls []*call[Req, Resp]) {
	ctx, cancel := together(calls)
	defer cancel()
	reqs := make([]Req, len(calls))
	for i, c := range calls {
		reqs[i] = c.req
	}
	results := g.guarded(ctx, reqs)
	for i, c := range calls {
		c.result <- results[i]
	}
}

// guarded gives each caller an error where there would be no result: this is a
// goroutine of nobody's, and a panic would end the process.
func (g *Group[Req, Resp]) guarded(ctx context.Context, reqs []Req) (results []Result[Resp]) {
	defer func() {
		p := recover()
		if p == nil && len(results) == len(reqs) {
			return
		}
		results = make([]Result[Resp], len(reqs))
		for i := range results {
			results[i].Err = fmt.Errorf("batch: %d results for %d requests, panic: %v", len(results), len(reqs), p)
		}
	}()
	return g.run(ctx, reqs)
}

// together returns the context of a batch: it has the values of the first
// caller's, the latest of the deadlines, and ends when the last caller leaves.
func together[Req, Resp any](calls []*call[Req, Resp]) (context.Context, context.CancelFunc) {
	if len(calls) == 1 {
		return context.WithCancel(calls[0].ctx)
	}
	ctx, cancel := latest(calls)
	var mu sync.Mutex
	left := len(calls)
	stops := make([]func() bool, len(calls))
	for i, c := range calls {
		stops[i] = context.AfterFunc(c.ctx, func() {
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

func latest[Req, Resp any](calls []*call[Req, Resp]) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(calls[0].ctx)
	var last time.Time
	for _, c := range calls {
		deadline, ok := c.ctx.Deadline()
		if !ok {
			return context.WithCancel(ctx)
		}
		if deadline.After(last) {
			last = deadline
		}
	}
	return context.WithDeadline(ctx, last)
}
