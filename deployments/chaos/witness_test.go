package chaos_test

import (
	"context"
	"net/http"
	"time"
)

// witness is a user who writes through one gateway, and at once reads through
// the other one and then through the same.
type witness struct {
	*watch
	token string
	writes
	task, list *thing
	rests      resting // where it does so, when it is asked to
}

// door is a gateway.
type door struct {
	name string
	*client
}

// live lets the witness take turns until ctx ends: a task through either
// gateway and a list through either, again and again.
func (w *witness) live(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		by, other := w.doors[n/2%2], w.doors[(n/2+1)%2]
		if n%2 == 0 {
			w.task = w.write(ctx, by, w.task, tasks)
			w.check(ctx, other, by, w.task, w.list)
		} else {
			w.list = w.write(ctx, by, w.list, lists)
			w.check(ctx, other, by, w.list, w.task)
		}
	}
}

// write writes to a thing, or to a new one if nothing is left to be done to it.
func (w *witness) write(ctx context.Context, by door, x *thing, k *kind) *thing {
	if x == nil || x.over() {
		x = &thing{kind: k, history: history{name: "a new " + k.noun}}
	}
	r, after := x.step()
	r.token = w.token
	begin := time.Now()
	a := by.do(context.WithoutCancel(ctx), r)
	w.saw(by, r, begin, a)
	if a.verdict == right {
		w.written.Add(1)
		w.acknowledged(&x.history, x.done(after, a), by.name)
	} else {
		x.doubt(after)
	}
	return x
}

// check reads everything through both gateways, one after the other.
func (w *witness) check(ctx context.Context, other, by door, things ...*thing) {
	w.rest(ctx, afterWriting)
	w.lookUntilFresh(ctx, other, by, things)
	if w.rest(ctx, afterReading) {
		w.lookUntilFresh(ctx, other, by, things)
	}
}

// lookUntilFresh goes on until all answers are fresh: the next write would make
// its gateway forget the others, which are to be judged.
func (w *witness) lookUntilFresh(ctx context.Context, other, by door, things []*thing) {
	for again := true; again; again = again && pause(ctx, 20*time.Millisecond) {
		fresh := w.look(ctx, other, things)
		fresh = w.look(ctx, by, things) && fresh
		again = !fresh
		select {
		case w.passes <- pass{w, fresh}:
		default: // nobody waits for it
		}
	}
}

// look reads each thing, and then the first page of its kind.
func (w *witness) look(ctx context.Context, by door, things []*thing) bool {
	fresh := true
	for _, x := range things {
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

// read reads a thing, by itself or on a page, and reports whether the answer was
// fresh. It may be wrong nevertheless.
func (w *witness) read(ctx context.Context, by door, x *thing, page bool) bool {
	r := request{service: taskService, method: http.MethodGet, path: x.path + "/" + x.id, token: w.token, want: found}
	find := x.alone
	if page {
		r.path, r.want, find = x.page, ok, x.onPage
	}
	begin := time.Now()
	a := by.do(context.WithoutCancel(ctx), r)
	given := a.verdict
	if given <= stale {
		seen, err := find(a)
		if err == nil {
			err = w.judge(&x.history, sighting{seen, page, given == stale, by.name})
		}
		if err != nil {
			a.verdict, a.err = wrong, err
		}
		w.judged.Add(1)
		if given == stale && w.through[by.name] == w.all {
			w.own.Add(1)
		}
	}
	w.saw(by, r, begin, a)
	return given == right
}
