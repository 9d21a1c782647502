package chaos_test

import (
	"context"
	"net/http"
	"time"
)

// checker is a user who writes through one gateway, and at once reads through
// the other one and then through the same.
type checker struct {
	*staleReadCheck
	token string
	writes
	task, list *resource
	pausePoint pausePoint // where it does so, when it is asked to
}

// gatewayClient is a client of one gateway.
type gatewayClient struct {
	name string
	*client
}

// run lets the checker write and read until ctx ends: a task through either
// gateway and a list through either, again and again.
func (w *checker) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		by, other := w.gateways[n/2%2], w.gateways[(n/2+1)%2]
		if n%2 == 0 {
			w.task = w.write(ctx, by, w.task, tasks)
			w.check(ctx, other, by, w.task, w.list)
		} else {
			w.list = w.write(ctx, by, w.list, lists)
			w.check(ctx, other, by, w.list, w.task)
		}
	}
}

// write writes to a resource, or to a new one if nothing is left to be done to it.
func (w *checker) write(ctx context.Context, by gatewayClient, x *resource, k *resourceKind) *resource {
	if x == nil || x.finished() {
		x = &resource{resourceKind: k, history: history{name: "a new " + k.noun}}
	}
	r, after := x.step()
	r.token = w.token
	begin := time.Now()
	a := by.do(context.WithoutCancel(ctx), r)
	w.record(by, r, begin, a)
	if a.verdict == right {
		w.written.Add(1)
		w.acknowledged(&x.history, x.noteAcknowledged(after, a), by.name)
	} else {
		x.noteUnknown(after)
	}
	return x
}

// check reads everything through both gateways, one after the other.
func (w *checker) check(ctx context.Context, other, by gatewayClient, resources ...*resource) {
	w.pauseAt(ctx, afterWriting)
	w.readUntilFresh(ctx, other, by, resources)
	if w.pauseAt(ctx, afterReading) {
		w.readUntilFresh(ctx, other, by, resources)
	}
}

// readUntilFresh goes on until all answers are fresh: the next write would make
// its gateway forget the others, which are to be judged.
func (w *checker) readUntilFresh(ctx context.Context, other, by gatewayClient, resources []*resource) {
	for again := true; again; again = again && pause(ctx, 20*time.Millisecond) {
		fresh := w.readAll(ctx, other, resources)
		fresh = w.readAll(ctx, by, resources) && fresh
		again = !fresh
		select {
		case w.rounds <- checkRound{w, fresh}:
		default: // nobody waits for it
		}
	}
}

// readAll reads each resource, and then the first page of its kind.
func (w *checker) readAll(ctx context.Context, by gatewayClient, resources []*resource) bool {
	fresh := true
	for _, x := range resources {
		if x == nil {
			continue
		}
		if x.id != "" {
			fresh = w.read(ctx, by, x, false) && fresh
		}
		fresh = w.read(ctx, by, x, true) && fresh
	}
	return fresh
}

// read reads a resource, by itself or on a page, and reports whether the answer was
// fresh. It may be wrong nevertheless.
func (w *checker) read(ctx context.Context, by gatewayClient, x *resource, page bool) bool {
	r := request{service: taskService, method: http.MethodGet, path: x.path + "/" + x.id, token: w.token, want: found}
	find := x.fromGet
	if page {
		r.path, r.want, find = x.page, ok, x.fromPage
	}
	begin := time.Now()
	a := by.do(context.WithoutCancel(ctx), r)
	given := a.verdict
	if given <= stale {
		seen, err := find(a)
		if err == nil {
			err = w.writes.check(&x.history, observation{seen, page, given == stale, by.name})
		}
		if err != nil {
			a.verdict, a.err = wrong, err
		}
		w.judged.Add(1)
		if given == stale && w.through[by.name] == w.all {
			w.own.Add(1)
		}
	}
	w.record(by, r, begin, a)
	return given == right
}
