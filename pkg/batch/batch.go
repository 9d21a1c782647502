// Package batch answers requests together that are made at about the same time.
// Databases do the same with commits, and call it group commit.
//
// A statement or a call costs about the same for one request as for thirty. While
// one batch is being run, the requests that arrive are put into a queue. When the
// batch has ended, all of them become the next batch. So nobody waits for others to
// arrive: a request that comes alone is run at once, alone. The more requests there
// are, the larger the batches become and the less each request costs.
//
// Each caller gets the result of its own request. A caller whose context ends leaves
// without a result, and the batch goes on until the last of its callers has left.
package batch

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Result is the reply to one request.
type Result[Resp any] struct {
	Value Resp
	Err   error
}

// Run answers the requests of a batch, and returns as many results, in the same
// order. Its context lasts as long as any caller waits for the batch.
type Run[Req, Resp any] func(context.Context, []Req) []Result[Resp]

// Options bound the batches.
type Options struct {
	Size        int // most requests in a batch; 0: 1
	Parallelism int // most batches that are run at the same time; 0: 1
	// MaxHold is how long a batch counts among those. One that takes longer goes
	// on, and the next one is run beside it. 0: as long as it takes.
	MaxHold time.Duration
	// Disabled runs each request alone and at once, in its caller's goroutine and
	// with its caller's context; the other options then mean nothing.
	Disabled bool
}

// Group makes batches of requests. Its methods are safe for concurrent use. It
// need not be closed: it has no goroutine while no caller waits.
type Group[Req, Resp any] struct {
	options Options
	run     Run[Req, Resp]

	mu      sync.Mutex
	running int
	queue   []*call[Req, Resp]
}

// New returns a group without requests.
func New[Req, Resp any](o Options, run Run[Req, Resp]) *Group[Req, Resp] {
	o.Size, o.Parallelism = max(o.Size, 1), max(o.Parallelism, 1)
	return &Group[Req, Resp]{options: o, run: run}
}

// call is one request whose caller waits for the result.
type call[Req, Resp any] struct {
	ctx    context.Context //nolint:containedctx // of the caller; another goroutine runs the batch
	req    Req
	result chan Result[Resp]
}

// Do returns the result of a request, which is run in the next batch, or ctx.Err()
// if the context ends first; the batch goes on while others wait for it.
func (g *Group[Req, Resp]) Do(ctx context.Context, req Req) (Resp, error) {
	if g.options.Disabled {
		r := g.results(ctx, []Req{req})[0]
		return r.Value, r.Err
	}
	c := &call[Req, Resp]{ctx: ctx, req: req, result: make(chan Result[Resp], 1)}
	g.mu.Lock()
	g.queue = append(g.queue, c)
	start := g.running < g.options.Parallelism
	if start {
		g.running++
	}
	g.mu.Unlock()
	if start {
		go g.runBatches()
	}
	select {
	case r := <-c.result:
		return r.Value, r.Err
	case <-ctx.Done():
		var none Resp
		return none, ctx.Err()
	}
}

// runBatches runs batches until the queue is empty, or until another goroutine
// has taken its place.
func (g *Group[Req, Resp]) runBatches() {
	runtime.Gosched() // requests that are about to be made can join the first batch
	for {
		calls := g.next()
		if len(calls) == 0 {
			return
		}
		replaced := g.replaceAfterMaxHold()
		g.runBatch(calls)
		if replaced() {
			return
		}
	}
}

// replaceAfterMaxHold starts another goroutine in the place of this one if the
// batch takes longer than MaxHold. The function that it returns is called after
// the batch, and reports whether that has happened.
func (g *Group[Req, Resp]) replaceAfterMaxHold() (replaced func() bool) {
	if g.options.MaxHold == 0 {
		return func() bool { return false }
	}
	timer := time.AfterFunc(g.options.MaxHold, g.runBatches)
	return func() bool { return !timer.Stop() }
}

// next takes the next batch from the queue, without the calls whose callers have
// left. If there is none, the goroutine that asked counts as ended.
func (g *Group[Req, Resp]) next() []*call[Req, Resp] {
	g.mu.Lock()
	defer g.mu.Unlock()
	var calls []*call[Req, Resp]
	for len(g.queue) > 0 && len(calls) < g.options.Size {
		if c := g.queue[0]; c.ctx.Err() == nil {
			calls = append(calls, c)
		}
		g.queue[0] = nil // so that the array behind the slice does not keep it
		g.queue = g.queue[1:]
	}
	if len(calls) == 0 {
		g.running--
	}
	return calls
}

func (g *Group[Req, Resp]) runBatch(calls []*call[Req, Resp]) {
	ctx, cancel := batchContext(calls)
	defer cancel()
	reqs := make([]Req, len(calls))
	for i, c := range calls {
		reqs[i] = c.req
	}
	results := g.results(ctx, reqs)
	for i, c := range calls {
		c.result <- results[i]
	}
}

// results calls run. If that panics, or returns another number of results, each
// caller gets an error: the goroutine belongs to no caller that could recover.
func (g *Group[Req, Resp]) results(ctx context.Context, reqs []Req) (results []Result[Resp]) {
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

// batchContext returns the context of a batch: it has the values of the first
// caller's and the latest of all deadlines, and ends when the last caller leaves.
func batchContext[Req, Resp any](calls []*call[Req, Resp]) (context.Context, context.CancelFunc) {
	if len(calls) == 1 {
		return context.WithCancel(calls[0].ctx)
	}
	ctx, cancel := withLatestDeadline(calls)
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

func withLatestDeadline[Req, Resp any](calls []*call[Req, Resp]) (context.Context, context.CancelFunc) {
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
