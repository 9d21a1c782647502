package tasktest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

func testInsertTask(t *testing.T, h *shelf) {
	for _, v := range []task.Task{h.task("plain"), h.rich()} {
		written := h.add(t, v)
		same(t, h.get(t, v.ID), written)
	}
	refused(h.Task(t.Context(), h.getTask(ulid.Make())))(t, task.ErrTaskNotFound)
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

func testReplaceTask(t *testing.T, h *shelf) {
	plain := h.add(t, h.task("plain"))
	rich := h.rich()
	written := h.replace(t, next(plain, func(v *task.Task) {
		id := v.ID
		*v = rich
		v.ID, v.CreateTime, v.Version = id, id.Timestamp().UTC(), 2
	}))
	same(t, h.get(t, plain.ID), written)

	written = h.replace(t, next(written, func(v *task.Task) {
		v.Start, v.Due, v.Labels, v.CompleteTime, v.DeleteTime = nil, nil, nil, nil, nil
	}))
	same(t, h.get(t, plain.ID), written)
}

func testHistory(t *testing.T, h *shelf) {
	v := h.add(t, h.task("new"))
	made := []ulid.ULID{v.Mutation}
	for range mutation.Remembered + 1 {
		kept := made[:min(len(made), mutation.Remembered)]
		same(t, must(h.TaskHistory(t.Context(), h.ref(v.ID)))(t), mutation.History{Version: v.Version, Mutations: kept})
		v = h.replace(t, next(v, func(*task.Task) {}))
		made = slices.Insert(made, 0, v.Mutation)
	}
	refused(h.TaskHistory(t.Context(), h.ref(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testReplaceStale(t *testing.T, h *shelf) {
	was := h.add(t, h.task("first"))
	r := next(was, func(v *task.Task) { v.Title, v.Labels = "second", []string{"new"} })
	written := h.replace(t, r)
	refused(h.ReplaceTask(t.Context(), r))(t, errs.ErrStaleVersion)
	fail(t, h.RemoveTask(t.Context(), was), errs.ErrStaleVersion)
	same(t, h.get(t, was.ID), written)

	none := h.task("nowhere")
	refused(h.ReplaceTask(t.Context(), next(none, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	fail(t, h.RemoveTask(t.Context(), none), task.ErrTaskNotFound)
}

// testReplaceAtRevision writes what was read with a revision: after nothing else
// was written, after something else was, and after the task itself was.
func testReplaceAtRevision(t *testing.T, h *shelf) {
	v, other := h.add(t, h.task("first")), h.add(t, h.task("another"))
	read := func() task.Read[task.Task] { return must(h.Task(t.Context(), h.getTask(v.ID)))(t) }
	edit := func(r task.Read[task.Task], title string) task.TaskReplacement {
		next := next(r.Value, func(v *task.Task) { v.Title = title })
		next.Revision = r.Revision
		return next
	}
	h.replace(t, edit(read(), "second"))

	old := read()
	h.replace(t, next(other, func(v *task.Task) { v.Title = "changed" }))
	h.replace(t, edit(old, "third"))

	refused(h.ReplaceTask(t.Context(), edit(old, "lost")))(t, errs.ErrStaleVersion)
	if now := read(); now.Value.Title != "third" {
		t.Errorf("the title is %q", now.Value.Title)
	}
}

func testRemoveTask(t *testing.T, h *shelf) {
	v := h.rich()
	h.add(t, v)
	succeed(t, h.RemoveTask(t.Context(), v))
	refused(h.Task(t.Context(), h.getTask(v.ID)))(t, task.ErrTaskNotFound)
	if found := h.find(t, task.Filter{Label: "work", Trash: true}); len(found) != 0 {
		t.Errorf("its label still finds it: %v", found)
	}
}

// find returns the tasks that a filter selects.
func (h *shelf) find(t *testing.T, f task.Filter) []task.Task {
	t.Helper()
	q := task.TaskQuery{Owner: h.owner, Filter: f, Order: task.Order{By: task.ByCreateTime}, Limit: plenty, Bytes: plenty * plenty}
	return must(h.Tasks(t.Context(), q))(t).Value.Tasks
}

func testInsertExistingTask(t *testing.T, h *shelf) {
	v := h.add(t, h.task("first"))
	written := h.replace(t, next(v, func(v *task.Task) { v.Title = "changed since" }))
	in := task.TaskInsert{Task: v, Limit: plenty}
	same(t, must(h.InsertTask(t.Context(), in))(t), written)
	// Neither does a repeat need a place that is free, nor does it take one.
	in.Limit = 1
	same(t, must(h.InsertTask(t.Context(), in))(t), written)
	in.Limit = 2
	in.Task = h.task("the second")
	must(h.InsertTask(t.Context(), in))(t)
}

func testInsertIntoMissingList(t *testing.T, h *shelf) {
	other := newShelf(t, h.Store)
	v := h.task("lost")
	for _, id := range []ulid.ULID{ulid.Make(), other.owner, other.addList(t, "theirs", 1).ID} {
		v.ListID = id
		refused(h.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: plenty}))(t, task.ErrListNotFound)
	}
	v.ListID = h.addList(t, "mine", 1).ID
	written := h.add(t, v)
	same(t, h.get(t, v.ID), written)
}

func testMoveToMissingList(t *testing.T, h *shelf) {
	list := h.addList(t, "home", 1)
	v := h.add(t, h.task("moves"))
	lost := next(v, func(v *task.Task) { v.ListID = ulid.Make() })
	refused(h.ReplaceTask(t.Context(), lost))(t, task.ErrListNotFound)
	moved := h.replace(t, next(v, func(v *task.Task) { v.ListID = list.ID }))
	same(t, h.get(t, v.ID), moved)
}

func testTaskLimit(t *testing.T, h *shelf) {
	in := func(v task.Task) task.TaskInsert { return task.TaskInsert{Task: v, Limit: 2} }
	trashed := h.task("in the trash")
	trashed.DeleteTime = &h.now
	first := must(h.InsertTask(t.Context(), in(trashed)))(t)
	must(h.InsertTask(t.Context(), in(h.task("second"))))(t)
	refused(h.InsertTask(t.Context(), in(h.task("third"))))(t, task.ErrTaskLimit)
	succeed(t, h.RemoveTask(t.Context(), first))
	must(h.InsertTask(t.Context(), in(h.task("third"))))(t)
	refused(h.InsertTask(t.Context(), in(h.task("fourth"))))(t, task.ErrTaskLimit)
}

func testReplaceLabels(t *testing.T, h *shelf) {
	v := h.task("labelled")
	v.Labels = []string{"a", "b"}
	v = h.add(t, v)
	h.replace(t, next(v, func(v *task.Task) { v.Labels = []string{"B", "a"} }))
	for label, want := range map[string]int{"a": 1, "B": 1, "b": 0, "A": 0, "a ": 0} {
		if found := h.find(t, task.Filter{Label: label}); len(found) != want {
			t.Errorf("%q finds %d tasks, want %d", label, len(found), want)
		}
	}
}
