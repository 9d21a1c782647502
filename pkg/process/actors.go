package process

import (
	"context"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
)

// stopTimeout bounds how long requests in flight may take to finish when a
// process stops.
const stopTimeout = 10 * time.Second

// AddActor adds work that goes on until its context ends. The interrupt returns
// only when it has returned, so that what was added later, and may be needed
// until then, stops later.
func AddActor(g *run.Group, work func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	g.Add(func() error {
		defer close(done)
		return work(ctx)
	}, func(error) {
		cancel()
		<-done
	})
}

// AddGroup adds a group of its own, which is assembled when the process runs:
// assemble may wait, within ctx, for what the group needs. Its actors stop in
// their order, at this place of the outer order.
func AddGroup(g *run.Group, assemble func(context.Context, *run.Group) error) {
	AddActor(g, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var inner run.Group
		inner.Add(func() error { <-ctx.Done(); return nil }, func(error) { cancel() })
		if err := assemble(ctx, &inner); err != nil && ctx.Err() == nil {
			// The actors that were added have something to close: they run, and stop.
			inner.Add(func() error { return err }, func(error) {})
		}
		return inner.Run()
	})
}

// AddStop calls stop when the process stops, at this place in the order.
func AddStop(g *run.Group, stop func()) {
	AddActor(g, func(ctx context.Context) error {
		<-ctx.Done()
		stop()
		return nil
	})
}

// AddClose is AddStop for what may return an error, which is logged.
func AddClose(g *run.Group, closeFunc func() error, logger log.Logger) {
	AddStop(g, func() {
		if err := closeFunc(); err != nil {
			level.Warn(logger).Log("msg", "close failed", "err", err)
		}
	})
}
