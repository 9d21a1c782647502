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

func testInsertTask(t *testing.T, fx *storeFixture) {
	for _, v := range []task.Task{fx.task("plain"), fx.rich()} {
		written := fx.add(t, v)
		same(t, fx.get(t, v.ID), written)
	}
	refused(fx.Task(t.Context(), fx.getTask(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testPositions(t *testing.T, fx *storeFixture) {
	random := rand.New(rand.NewPCG(1, 2))
	positions := []float64{0, 5e-324, -5e-324, 2.2250738585072014e-308, math.MaxFloat64, 1 << 53, 1e22, 0.1, 1e-300, -1.5}
	for range 50 {
		if p := math.Float64frombits(random.Uint64()); !math.IsNaN(p) && !math.IsInf(p, 0) {
			positions = append(positions, p)
		}
	}
	for _, p := range positions {
		v := fx.task("placed")
		v.Position = p
		fx.add(t, v)
		if got := fx.get(t, v.ID).Position; got != p {
			t.Errorf("got %x, want %x", got, p)
		}
	}
}

func testReplaceTask(t *testing.T, fx *storeFixture) {
	plain := fx.add(t, fx.task("plain"))
	rich := fx.rich()
	written := fx.replace(t, next(plain, func(v *task.Task) {
		id := v.ID
		*v = rich
		v.ID, v.CreateTime, v.Version = id, id.Timestamp().UTC(), 2
	}))
	same(t, fx.get(t, plain.ID), written)

	written = fx.replace(t, next(written, func(v *task.Task) {
		v.Start, v.Due, v.Labels, v.CompleteTime, v.DeleteTime = nil, nil, nil, nil, nil
	}))
	same(t, fx.get(t, plain.ID), written)
}

func testHistory(t *testing.T, fx *storeFixture) {
	v := fx.add(t, fx.task("new"))
	made := []ulid.ULID{v.Mutation}
	for range mutation.Remembered + 1 {
		kept := made[:min(len(made), mutation.Remembered)]
		same(t, must(fx.TaskHistory(t.Context(), fx.ref(v.ID)))(t), mutation.History{Version: v.Version, Mutations: kept})
		v = fx.replace(t, next(v, func(*task.Task) {}))
		made = slices.Insert(made, 0, v.Mutation)
	}
	refused(fx.TaskHistory(t.Context(), fx.ref(ulid.Make())))(t, task.ErrTaskNotFound)
}

func testReplaceStale(t *testing.T, fx *storeFixture) {
	was := fx.add(t, fx.task("first"))
	r := next(was, func(v *task.Task) { v.Title, v.Labels = "second", []string{"new"} })
	written := fx.replace(t, r)
	refused(fx.ReplaceTask(t.Context(), r))(t, errs.ErrStaleVersion)
	fail(t, fx.RemoveTask(t.Context(), was), errs.ErrStaleVersion)
	same(t, fx.get(t, was.ID), written)

	none := fx.task("nowhere")
	refused(fx.ReplaceTask(t.Context(), next(none, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	fail(t, fx.RemoveTask(t.Context(), none), task.ErrTaskNotFound)
}

// testReplaceAtRevision writes what was read with a revision: after nothing else
// was written, after something else was, and after the task itself was.
func testReplaceAtRevision(t *testing.T, fx *storeFixture) {
	v, other := fx.add(t, fx.task("first")), fx.add(t, fx.task("another"))
	read := func() task.Read[task.Task] { return must(fx.Task(t.Context(), fx.getTask(v.ID)))(t) }
	edit := func(r task.Read[task.Task], title string) task.TaskReplacement {
		next := next(r.Value, func(v *task.Task) { v.Title = title })
		next.Revision = r.Revision
		return next
	}
	fx.replace(t, edit(read(), "second"))

	old := read()
	fx.replace(t, next(other, func(v *task.Task) { v.Title = "changed" }))
	fx.replace(t, edit(old, "third"))

	refused(fx.ReplaceTask(t.Context(), edit(old, "lost")))(t, errs.ErrStaleVersion)
	if now := read(); now.Value.Title != "third" {
		t.Errorf("the title is %q", now.Value.Title)
	}
}

func testRemoveTask(t *testing.T, fx *storeFixture) {
	v := fx.rich()
	fx.add(t, v)
	succeed(t, fx.RemoveTask(t.Context(), v))
	refused(fx.Task(t.Context(), fx.getTask(v.ID)))(t, task.ErrTaskNotFound)
	if found := fx.find(t, task.Filter{Label: "work", Trash: true}); len(found) != 0 {
		t.Errorf("its label still finds it: %v", found)
	}
}

// find returns the tasks that a filter selects.
func (fx *storeFixture) find(t *testing.T, f task.Filter) []task.Task {
	t.Helper()
	q := task.TaskQuery{Owner: fx.owner, Filter: f, Order: task.Order{By: task.ByCreateTime}, Limit: plenty, Bytes: plenty * plenty}
	return must(fx.Tasks(t.Context(), q))(t).Value.Tasks
}

func testInsertExistingTask(t *testing.T, fx *storeFixture) {
	v := fx.add(t, fx.task("first"))
	written := fx.replace(t, next(v, func(v *task.Task) { v.Title = "changed since" }))
	in := task.TaskInsert{Task: v, Limit: plenty}
	same(t, must(fx.InsertTask(t.Context(), in))(t), written)
	// Neither does a repeat need a place that is free, nor does it take one.
	in.Limit = 1
	same(t, must(fx.InsertTask(t.Context(), in))(t), written)
	in.Limit = 2
	in.Task = fx.task("the second")
	must(fx.InsertTask(t.Context(), in))(t)
}

func testInsertIntoMissingList(t *testing.T, fx *storeFixture) {
	other := newStoreFixture(t, fx.Store)
	v := fx.task("lost")
	for _, id := range []ulid.ULID{ulid.Make(), other.owner, other.addList(t, "theirs", 1).ID} {
		v.ListID = id
		refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: plenty}))(t, task.ErrListNotFound)
	}
	v.ListID = fx.addList(t, "mine", 1).ID
	written := fx.add(t, v)
	same(t, fx.get(t, v.ID), written)
}

func testMoveToMissingList(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "home", 1)
	v := fx.add(t, fx.task("moves"))
	lost := next(v, func(v *task.Task) { v.ListID = ulid.Make() })
	refused(fx.ReplaceTask(t.Context(), lost))(t, task.ErrListNotFound)
	moved := fx.replace(t, next(v, func(v *task.Task) { v.ListID = list.ID }))
	same(t, fx.get(t, v.ID), moved)
}

func testTaskLimit(t *testing.T, fx *storeFixture) {
	in := func(v task.Task) task.TaskInsert { return task.TaskInsert{Task: v, Limit: 2} }
	trashed := fx.task("in the trash")
	trashed.DeleteTime = &fx.now
	first := must(fx.InsertTask(t.Context(), in(trashed)))(t)
	must(fx.InsertTask(t.Context(), in(fx.task("second"))))(t)
	refused(fx.InsertTask(t.Context(), in(fx.task("third"))))(t, task.ErrTaskLimit)
	succeed(t, fx.RemoveTask(t.Context(), first))
	must(fx.InsertTask(t.Context(), in(fx.task("third"))))(t)
	refused(fx.InsertTask(t.Context(), in(fx.task("fourth"))))(t, task.ErrTaskLimit)
}

func testReplaceLabels(t *testing.T, fx *storeFixture) {
	v := fx.task("labelled")
	v.Labels = []string{"a", "b"}
	v = fx.add(t, v)
	fx.replace(t, next(v, func(v *task.Task) { v.Labels = []string{"B", "a"} }))
	for label, want := range map[string]int{"a": 1, "b": 1, "B": 0, "A": 0, "a ": 0} {
		if found := fx.find(t, task.Filter{Label: label}); len(found) != want {
			t.Errorf("%q finds %d tasks, want %d", label, len(found), want)
		}
	}
}
