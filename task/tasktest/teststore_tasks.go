//go:build ignore

package tasktest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

func testRoundTrip(t *testing.T, h *shelf) {
	for _, v := range []task.Task{h.task("plain"), h.rich()} {
		same(t, h.add(t, v), v)
		same(t, h.get(t, v.ID), v)
	}
	refused(h.Task(t.Context(), h.ref(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testPositions(t *testing.T, h *shelf) {
	random := rand.New(rand.NewPCG(1, 2))
	positions := []float64{0, 5e-324, -5e-324, 2.2250738585072014e-308, math.MaxFloat64, 1 << 53, 1e22, 0.1, 1e-300, -1.5}
	for range 50 {
		if p := math.Float64frombits(random.Uint64()); !math.IsNaN(p) && !math.IsInf(p, 0) {
			positions = append(positions, p)
		}
	}
	for _, p := range positions {
		v := h.task("placed")
		v.Position = p
		h.add(t, v)
		if got := h.get(t, v.ID).Position; got != p {
			t.Errorf("got %x, want %x", got, p)
		}
	}
}

func testReplace(t *testing.T, h *shelf) {
	plain := h.add(t, h.task("plain"))
	rich := h.rich()
	r := next(plain, func(v *task.Task) {
		id := v.ID
		*v = rich
		v.ID, v.CreateTime, v.Version = id, id.Timestamp().UTC(), 2
	})
	must(h.ReplaceTask(t.Context(), r))(t)
	same(t, h.get(t, plain.ID), r.Now)

	back := next(r.Now, func(v *task.Task) {
		v.Start, v.Due, v.Labels, v.CompleteTime, v.DeleteTime = nil, nil, nil, nil, nil
	})
	must(h.ReplaceTask(t.Context(), back))(t)
	same(t, h.get(t, plain.ID), back.Now)
}

func testHistory(t *testing.T, h *shelf) {
	v := h.add(t, h.task("new"))
	made := []ulid.ULID{v.Mutation}
	for range mutation.Remembered + 1 {
		kept := made[:min(len(made), mutation.Remembered)]
		same(t, must(h.TaskHistory(t.Context(), h.ref(v.ID)))(t), mutation.History{Version: v.Version, Mutations: kept})
		r := next(v, func(*task.Task) {})
		must(h.ReplaceTask(t.Context(), r))(t)
		v, made = r.Now, slices.Insert(made, 0, r.Now.Mutation)
	}
	refused(h.TaskHistory(t.Context(), h.ref(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testReplaceStale(t *testing.T, h *shelf) {
	was := h.add(t, h.task("first"))
	r := next(was, func(v *task.Task) { v.Title, v.Labels = "second", []string{"new"} })
	must(h.ReplaceTask(t.Context(), r))(t)
	refused(h.ReplaceTask(t.Context(), r))(t, errs.ErrStaleVersion)
	refused(h.RemoveTask(t.Context(), was))(t, errs.ErrStaleVersion)
	same(t, h.get(t, was.ID), r.Now)

	none := h.task("nowhere")
	refused(h.ReplaceTask(t.Context(), next(none, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	refused(h.RemoveTask(t.Context(), none))(t, task.ErrTaskNotFound)
}

// testReplaceAt writes what was read in a snapshot: after nothing else was
// written, after something else was, and after the task itself was.
func testReplaceAt(t *testing.T, h *shelf) {
	v, other := h.add(t, h.task("first")), h.add(t, h.task("another"))
	snapshot := func() task.Snapshot {
		found := must(h.Snapshot(t.Context(), h.ref(v.ID)))(t)
		same(t, found.Task, h.get(t, v.ID))
		if now := must(h.Revision(t.Context(), h.owner))(t); now != found.Revision {
			t.Errorf("the snapshot is of %v, and it is %v", found.Revision, now)
		}
		return found
	}
	edit := func(s task.Snapshot, title string) task.TaskReplacement {
		r := next(s.Task, func(v *task.Task) { v.Title = title })
		r.At = optional.Of(s.Revision)
		return r
	}
	must(h.ReplaceTask(t.Context(), edit(snapshot(), "second")))(t)

	old := snapshot()
	must(h.ReplaceTask(t.Context(), next(other, func(v *task.Task) { v.Title = "changed" })))(t)
	must(h.ReplaceTask(t.Context(), edit(old, "third")))(t)

	refused(h.ReplaceTask(t.Context(), edit(old, "lost")))(t, errs.ErrStaleVersion)
	if now := snapshot(); now.Task.Title != "third" {
		t.Errorf("the title is %q", now.Task.Title)
	}
	refused(h.Snapshot(t.Context(), h.ref(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testRemove(t *testing.T, h *shelf) {
	v := h.rich()
	h.add(t, v)
	must(h.RemoveTask(t.Context(), v))(t)
	refused(h.Task(t.Context(), h.ref(v.ID)))(t, task.ErrTaskNotFound)
	scan := task.TaskScan{Owner: h.owner, Filter: task.Filter{Label: "work", Trash: true}, Order: task.Order{By: task.ByCreateTime}, Limit: 10, Bytes: plenty}
	if found := must(h.Tasks(t.Context(), scan))(t); len(found.Tasks) != 0 {
		t.Errorf("its label still finds it: %v", found)
	}
}

func testInsertTwice(t *testing.T, h *shelf) {
	v := h.add(t, h.task("first"))
	r := next(v, func(v *task.Task) { v.Title = "changed since" })
	must(h.ReplaceTask(t.Context(), r))(t)
	same(t, h.add(t, v), r.Now)
	// Neither does a repeat need a place that is free, nor does it take one.
	in := task.TaskInsert{Task: v, Limit: 1}
	same(t, must(h.InsertTask(t.Context(), in))(t), r.Now)
	in.Limit = 2
	in.Task = h.task("the second")
	must(h.InsertTask(t.Context(), in))(t)
}

func testInsertNeedsList(t *testing.T, h *shelf) {
	other := newShelf(t, h.Store)
	v := h.task("lost")
	for _, id := range []ulid.ULID{ulid.Make(), other.owner, other.addList(t, "theirs", 1).ID} {
		v.ListID = id
		refused(h.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: plenty}))(t, task.ErrListNotFound)
	}
	v.ListID = h.addList(t, "mine", 1).ID
	same(t, h.add(t, v), v)
}

func testMoveNeedsList(t *testing.T, h *shelf) {
	list := h.addList(t, "home", 1)
	v := h.add(t, h.task("moves"))
	lost := next(v, func(v *task.Task) { v.ListID = ulid.Make() })
	refused(h.ReplaceTask(t.Context(), lost))(t, task.ErrListNotFound)
	moved := next(v, func(v *task.Task) { v.ListID = list.ID })
	must(h.ReplaceTask(t.Context(), moved))(t)
	same(t, h.get(t, v.ID), moved.Now)
}

func testTaskLimit(t *testing.T, h *shelf) {
	in := func(v task.Task) task.TaskInsert { return task.TaskInsert{Task: v, Limit: 2} }
	trashed := h.task("in the trash")
	trashed.DeleteTime = &h.now
	first := must(h.InsertTask(t.Context(), in(trashed)))(t)
	must(h.InsertTask(t.Context(), in(h.task("second"))))(t)
	refused(h.InsertTask(t.Context(), in(h.task("third"))))(t, task.ErrTaskLimit)
	must(h.RemoveTask(t.Context(), first))(t)
	must(h.InsertTask(t.Context(), in(h.task("third"))))(t)
	refused(h.InsertTask(t.Context(), in(h.task("fourth"))))(t, task.ErrTaskLimit)
}

func testLabelsFollow(t *testing.T, h *shelf) {
	v := h.task("labelled")
	v.Labels = []string{"a", "b"}
	h.add(t, v)
	r := next(v, func(v *task.Task) { v.Labels = []string{"B", "a"} })
	must(h.ReplaceTask(t.Context(), r))(t)
	for label, want := range map[string]int{"a": 1, "B": 1, "b": 0, "A": 0, "a ": 0} {
		scan := task.TaskScan{Owner: h.owner, Filter: task.Filter{Label: label}, Order: task.Order{By: task.ByCreateTime}, Limit: 10, Bytes: plenty}
		if found := must(h.Tasks(t.Context(), scan))(t); len(found.Tasks) != want {
			t.Errorf("%q finds %d tasks, want %d", label, len(found.Tasks), want)
		}
	}
}

func testKeys(t *testing.T, h *shelf) {
	first := h.rich()
	key := task.Idempotency{Key: "key", Fingerprint: [32]byte{1}}
	in := task.TaskInsert{Task: first, Idempotency: key, Limit: plenty}
	same(t, must(h.InsertTask(t.Context(), in))(t), first)
	must(h.ReplaceTask(t.Context(), next(first, func(v *task.Task) { v.Title = "changed since" })))(t)

	in.Task = h.task("a repeat, with an id of its own")
	same(t, must(h.InsertTask(t.Context(), in))(t), first)
	in.Limit = 1
	same(t, must(h.InsertTask(t.Context(), in))(t), first)
	refused(h.Task(t.Context(), h.ref(in.Task.ID)))(t, task.ErrTaskNotFound)

	in.Idempotency.Fingerprint[0]++
	refused(h.InsertTask(t.Context(), in))(t, task.ErrKeyReused)

	in.Limit = plenty
	in.Task.UpdateTime = first.UpdateTime.Add(task.KeepAnswers + time.Second)
	same(t, must(h.InsertTask(t.Context(), in))(t), in.Task)

	list := task.ListInsert{List: h.list(ulid.Make(), "another kind", 1), Idempotency: key, Limit: plenty}
	same(t, must(h.InsertList(t.Context(), list))(t), list.List)
	again := list
	again.List.ID = ulid.Make()
	same(t, must(h.InsertList(t.Context(), again))(t), list.List)
	again.Idempotency.Fingerprint[0]++
	refused(h.InsertList(t.Context(), again))(t, task.ErrKeyReused)
}
