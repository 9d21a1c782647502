package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func testIdempotencyKey(t *testing.T, h *shelf) {
	key := task.Idempotency{Key: "key", Fingerprint: [32]byte{1}}
	in := task.TaskInsert{Task: h.rich(), Idempotency: key, Limit: plenty}
	first := writtenTask(t, must(h.InsertTask(t.Context(), in))(t), in.Task)
	h.replace(t, next(first, func(v *task.Task) { v.Title = "changed since" }))

	in.Task = h.task("a repeat, with an id of its own")
	same(t, must(h.InsertTask(t.Context(), in))(t), first)
	in.Limit = 1
	same(t, must(h.InsertTask(t.Context(), in))(t), first)
	refused(h.Task(t.Context(), h.getTask(in.Task.ID)))(t, task.ErrTaskNotFound)

	in.Idempotency.Fingerprint[0]++
	refused(h.InsertTask(t.Context(), in))(t, task.ErrKeyReused)

	in.Limit = plenty
	in.Task.UpdateTime = first.UpdateTime.Add(task.KeepAnswers + time.Second)
	same(t, must(h.InsertTask(t.Context(), in))(t), in.Task)
}

// testListIdempotencyKey uses the key of a task for a list: it is another one.
func testListIdempotencyKey(t *testing.T, h *shelf) {
	key := task.Idempotency{Key: "key", Fingerprint: [32]byte{1}}
	must(h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("one kind"), Idempotency: key, Limit: plenty}))(t)
	in := task.ListInsert{List: h.list(ulid.Make(), "another kind", 1), Idempotency: key, Limit: plenty}
	first := writtenList(t, must(h.InsertList(t.Context(), in))(t), in.List)
	h.replaceList(t, nextList(first, func(l *task.List) { l.Title = "changed since" }))

	in.List.ID = ulid.Make()
	same(t, must(h.InsertList(t.Context(), in))(t), first)
	in.Idempotency.Fingerprint[0]++
	refused(h.InsertList(t.Context(), in))(t, task.ErrKeyReused)
}

// testPruneIdempotencyKeys uses times of long ago, since stores are shared
// between tests.
func testPruneIdempotencyKeys(t *testing.T, h *shelf) {
	h.now = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	in := task.TaskInsert{Task: h.task("old"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
	first := must(h.InsertTask(t.Context(), in))(t)
	prune := func(before time.Time) {
		for !must(h.PruneIdempotencyKeys(t.Context(), before))(t) {
		}
	}
	again := in
	again.Task = h.task("again")
	prune(h.now)
	same(t, must(h.InsertTask(t.Context(), again))(t), first)
	prune(h.now.Add(time.Microsecond))
	writtenTask(t, must(h.InsertTask(t.Context(), again))(t), again.Task)
}
