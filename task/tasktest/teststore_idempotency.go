package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func testIdempotencyKey(t *testing.T, fx *storeFixture) {
	key := task.Idempotency{Key: "key", Fingerprint: [32]byte{1}}
	in := task.TaskInsert{Task: fx.rich(), Idempotency: key, Limit: plenty}
	first := writtenTask(t, must(fx.InsertTask(t.Context(), in))(t), in.Task)
	fx.replace(t, next(first, func(v *task.Task) { v.Title = "changed since" }))

	in.Task = fx.task("a repeat, with an id of its own")
	same(t, must(fx.InsertTask(t.Context(), in))(t), first)
	in.Limit = 1
	same(t, must(fx.InsertTask(t.Context(), in))(t), first)
	refused(fx.Task(t.Context(), fx.getTask(in.Task.ID)))(t, task.ErrTaskNotFound)

	in.Idempotency.Fingerprint[0]++
	refused(fx.InsertTask(t.Context(), in))(t, task.ErrKeyReused)

	in.Limit = plenty
	in.Task.UpdateTime = first.UpdateTime.Add(task.KeepKeys + time.Second)
	same(t, must(fx.InsertTask(t.Context(), in))(t), in.Task)
}

// testListIdempotencyKey uses the key of a task for a list: it is another one.
func testListIdempotencyKey(t *testing.T, fx *storeFixture) {
	key := task.Idempotency{Key: "key", Fingerprint: [32]byte{1}}
	must(fx.InsertTask(t.Context(), task.TaskInsert{Task: fx.task("one kind"), Idempotency: key, Limit: plenty}))(t)
	in := task.ListInsert{List: fx.list(ulid.Make(), "another kind", 1), Idempotency: key, Limit: plenty}
	first := writtenList(t, must(fx.InsertList(t.Context(), in))(t), in.List)
	fx.replaceList(t, nextList(first, func(l *task.List) { l.Title = "changed since" }))

	in.List.ID = ulid.Make()
	same(t, must(fx.InsertList(t.Context(), in))(t), first)
	in.Idempotency.Fingerprint[0]++
	refused(fx.InsertList(t.Context(), in))(t, task.ErrKeyReused)
}

// testPruneIdempotencyKeys uses times of long ago, since stores are shared
// between tests.
func testPruneIdempotencyKeys(t *testing.T, fx *storeFixture) {
	fx.now = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	in := task.TaskInsert{Task: fx.task("old"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
	first := must(fx.InsertTask(t.Context(), in))(t)
	prune := func(before time.Time) {
		for !must(fx.PruneIdempotencyKeys(t.Context(), before))(t) {
		}
	}
	again := in
	again.Task = fx.task("again")
	prune(fx.now)
	same(t, must(fx.InsertTask(t.Context(), again))(t), first)
	prune(fx.now.Add(time.Microsecond))
	writtenTask(t, must(fx.InsertTask(t.Context(), again))(t), again.Task)
}
