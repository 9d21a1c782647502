package tasktest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

// What the writers of testFollowUpdates do.
const (
	writers = 12
	rounds  = 6
)

// testFollowUpdates has writers make changes of all kinds, while a reader follows
// them as a client does that polls: it asks for what was updated after the
// latest that it has seen. In the end it must have seen the last version of
// every task.
func testFollowUpdates(t *testing.T, fx *storeFixture) {
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { (&writer{storeFixture: fx, store: fx.at(n)}).run(t, n) })
	}
	defer all.Wait()
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	live, trash := newFollower(fx, false), newFollower(fx, true)
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		live.read(t)
		trash.read(t)
	}
	missed, moments := 0, map[time.Time]bool{}
	for _, f := range []*follower{live, trash} {
		for _, v := range fx.find(t, task.Filter{Trash: f.query.Filter.Trash}) {
			if f.versions[v.ID] != v.Version {
				missed++
			}
			if moments[v.UpdateTime] {
				t.Errorf("two tasks were written at %v", v.UpdateTime)
			}
			moments[v.UpdateTime] = true
		}
	}
	if missed > 0 || len(moments) < writers*rounds {
		t.Errorf("%d of %d tasks were missed", missed, len(moments))
	}
}

// follower polls for the tasks that were updated after the latest it has seen.
type follower struct {
	store    task.Store
	query    task.TaskQuery
	versions map[ulid.ULID]int64
}

func newFollower(fx *storeFixture, trash bool) *follower {
	return &follower{
		store: fx.at(1), versions: map[ulid.ULID]int64{},
		query: task.TaskQuery{
			Owner: fx.owner, Filter: task.Filter{Trash: trash, UpdatedAfter: &time.Time{}},
			Order: task.Order{By: task.ByUpdateTime}, Limit: 7, Bytes: plenty * plenty,
		},
	}
}

// read asks until there is nothing new.
func (f *follower) read(t *testing.T) {
	t.Helper()
	for {
		found := must(f.store.Tasks(t.Context(), f.query))(t).Value.Tasks
		if len(found) == 0 {
			return
		}
		for _, v := range found {
			f.versions[v.ID] = v.Version
		}
		f.query.Filter.UpdatedAfter = &found[len(found)-1].UpdateTime
	}
}

// writer makes changes. It goes on if the database has too much to do.
type writer struct {
	*storeFixture
	store task.Store
}

func (w *writer) run(t *testing.T, n int) {
	for round := range rounds {
		if (n+round)%4 == 0 {
			w.deleteList(t)
			continue
		}
		v := w.fresh()
		if n%3 == 0 {
			v.Labels = []string{"a label"}
		}
		v, ok := written(t, func(ctx context.Context) (task.Task, error) {
			return w.store.InsertTask(ctx, task.TaskInsert{Task: v, Limit: plenty})
		})
		if !ok {
			continue
		}
		v, ok = w.write(t, v, func(v *task.Task) { v.Title = "changed" })
		if ok && round%2 == 0 {
			w.write(t, v, func(v *task.Task) { v.DeleteTime = &v.UpdateTime })
		}
	}
}

func wallClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// fresh is a new task of now.
func (w *writer) fresh() task.Task {
	v := w.task("task")
	v.UpdateTime = wallClock()
	return v
}

func (w *writer) write(t *testing.T, v task.Task, edit func(*task.Task)) (task.Task, bool) {
	r := next(v, func(v *task.Task) {
		v.UpdateTime = wallClock()
		edit(v)
	})
	return written(t, func(ctx context.Context) (task.Task, error) { return w.store.ReplaceTask(ctx, r) })
}

// deleteList makes a list with some tasks, and deletes it.
func (w *writer) deleteList(t *testing.T) {
	l := w.list(ulid.Make(), "list", 1)
	l.UpdateTime = wallClock()
	l, ok := written(t, func(ctx context.Context) (task.List, error) {
		return w.store.InsertList(ctx, task.ListInsert{List: l, Limit: plenty})
	})
	if !ok {
		return
	}
	for range 3 {
		v := w.fresh()
		v.ListID = l.ID
		written(t, func(ctx context.Context) (task.Task, error) {
			return w.store.InsertTask(ctx, task.TaskInsert{Task: v, Limit: plenty})
		})
	}
	written(t, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.store.MarkListDeleted(ctx, nextList(l, func(l *task.List) { l.UpdateTime = wallClock() }))
	})
	for done, ok := false, true; ok && !done; {
		done, ok = written(t, func(ctx context.Context) (bool, error) {
			return w.store.DrainList(ctx, task.ListDrain{Ref: w.ref(l.ID), Time: wallClock()})
		})
	}
}

// written returns what a write has returned, not ok if the database had too much
// to do. Whether it was made nevertheless does not matter here.
func written[T any](t *testing.T, write func(context.Context) (T, error)) (v T, ok bool) {
	v, err := write(t.Context())
	if err != nil && errs.KindOf(err) != errs.Unavailable {
		t.Error(err)
	}
	return v, err == nil
}
