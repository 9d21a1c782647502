package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

func testInsertList(t *testing.T, fx *storeFixture) {
	same(t, fx.readList(t, fx.owner), fx.inbox())
	l := fx.addList(t, `quote ' back\slash 日本語 🗒️ trailing `, -1e-300)
	same(t, fx.readList(t, l.ID), l)
	refused(fx.List(t.Context(), fx.getList(ulid.Make())))(t, task.ErrListNotFound)

	renamed := fx.replaceList(t, nextList(l, func(l *task.List) { l.Title, l.Position = "renamed", 0.1 }))
	same(t, fx.readList(t, l.ID), renamed)
	same(t, must(fx.InsertList(t.Context(), task.ListInsert{List: l, Limit: 1}))(t), renamed)
}

func (fx *storeFixture) readList(t *testing.T, id ulid.ULID) task.List {
	t.Helper()
	return must(fx.List(t.Context(), fx.getList(id)))(t).Value
}

func testReplaceList(t *testing.T, fx *storeFixture) {
	l := fx.addList(t, "list", 1)
	r := nextList(l, func(l *task.List) { l.Title = "renamed" })
	written := fx.replaceList(t, r)
	refused(fx.ReplaceList(t.Context(), r))(t, errs.ErrStaleVersion)
	fail(t, fx.MarkListDeleted(t.Context(), r), errs.ErrStaleVersion)
	same(t, fx.readList(t, l.ID), written)

	none := nextList(fx.list(ulid.Make(), "nowhere", 0), func(*task.List) {})
	refused(fx.ReplaceList(t.Context(), none))(t, task.ErrListNotFound)
	fail(t, fx.MarkListDeleted(t.Context(), none), task.ErrListNotFound)
}

func nextList(l task.List, edit func(*task.List)) task.ListReplacement {
	now := l
	now.Version++
	now.Mutation = ulid.Make()
	now.UpdateTime = l.UpdateTime.Add(time.Second)
	edit(&now)
	return task.ListReplacement{Was: l, Now: now}
}

func testListPages(t *testing.T, fx *storeFixture) {
	want := []task.List{fx.inbox()}
	for _, position := range []float64{3, -1, 3, 2.5, 3, -1e300} {
		want = append(want, fx.addList(t, "list", position))
	}
	slices.SortFunc(want, compareLists)
	for limit := 1; limit <= len(want)+1; limit++ {
		same(t, fx.allLists(t, limit), want)
	}
}

// allLists reads the lists by pages.
func (fx *storeFixture) allLists(t *testing.T, limit int) []task.List {
	t.Helper()
	var all []task.List
	q := task.ListQuery{Owner: fx.owner, Limit: limit}
	for {
		found := must(fx.Lists(t.Context(), q))(t).Value
		all = append(all, found.Lists...)
		if !found.More {
			return all
		}
		if len(found.Lists) != limit || len(all) > plenty {
			t.Fatalf("after %d lists, a page of %d has %d, and there are more", len(all), limit, len(found.Lists))
		}
		last := found.Lists[limit-1]
		q.After = &task.ListCursor{Inbox: last.Inbox(), Position: last.Position, ID: last.ID}
	}
}

func testListLimit(t *testing.T, fx *storeFixture) {
	in := func() task.ListInsert { return task.ListInsert{List: fx.list(ulid.Make(), "list", 1), Limit: 2} }
	first := must(fx.InsertList(t.Context(), in()))(t)
	refused(fx.InsertList(t.Context(), in()))(t, task.ErrListLimit)
	succeed(t, fx.MarkListDeleted(t.Context(), nextList(first, func(*task.List) {})))
	fx.drain(t, first.ID)
	must(fx.InsertList(t.Context(), in()))(t)
	refused(fx.InsertList(t.Context(), in()))(t, task.ErrListLimit)
}

// drainTime is when the lists of tests are drained.
func (fx *storeFixture) drainTime() time.Time { return fx.now.Add(time.Hour) }

// drain removes a deleted list.
func (fx *storeFixture) drain(t *testing.T, id ulid.ULID) {
	t.Helper()
	for !must(fx.DrainList(t.Context(), task.ListDrain{Ref: fx.ref(id), Time: fx.drainTime()}))(t) {
	}
}

func testMarkListDeleted(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "ends", 1)
	trashed, elsewhere := fx.task("in the trash"), fx.add(t, fx.task("elsewhere"))
	trashed.ListID, trashed.DeleteTime = list.ID, &fx.now
	trashed = fx.add(t, trashed)

	end := nextList(list, func(*task.List) {})
	succeed(t, fx.MarkListDeleted(t.Context(), end))
	refused(fx.List(t.Context(), fx.getList(list.ID)))(t, task.ErrListNotFound)
	refused(fx.ReplaceList(t.Context(), end))(t, task.ErrListNotFound)
	fail(t, fx.MarkListDeleted(t.Context(), end), task.ErrListNotFound)
	same(t, fx.allLists(t, 10), []task.List{fx.inbox()})
	late := fx.task("late")
	late.ListID = list.ID
	refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: late, Limit: plenty}))(t, task.ErrListNotFound)
	refused(fx.ReplaceTask(t.Context(), next(elsewhere, func(v *task.Task) { v.ListID = list.ID })))(t, task.ErrListNotFound)
	back := next(trashed, func(v *task.Task) { v.DeleteTime = nil })
	refused(fx.ReplaceTask(t.Context(), back))(t, task.ErrListNotFound)
}

func testDrainList(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "ends", 1)
	var tasks []task.Task
	for n := range 7 {
		v := fx.task("of the list")
		v.ListID = list.ID
		if n%3 == 0 {
			v.DeleteTime = &fx.now
		}
		tasks = append(tasks, fx.add(t, v))
	}
	elsewhere := fx.add(t, fx.task("elsewhere"))
	fx.drain(t, list.ID) // which it is not to be yet
	same(t, fx.get(t, tasks[0].ID), tasks[0])

	end := nextList(list, func(*task.List) {})
	succeed(t, fx.MarkListDeleted(t.Context(), end))
	fx.drain(t, list.ID)
	fx.drain(t, list.ID)
	at := fx.drainTime()
	moments := map[time.Time]bool{}
	for _, v := range tasks {
		got := fx.get(t, v.ID)
		want := v
		want.ListID, want.Version, want.Mutation, want.UpdateTime = fx.owner, 2, end.Now.Mutation, at
		if v.DeleteTime == nil {
			want.DeleteTime = &at
		}
		writtenTask(t, got, want)
		moments[got.UpdateTime] = true
		history := must(fx.TaskHistory(t.Context(), fx.ref(v.ID)))(t)
		same(t, history, mutation.History{Version: 2, Mutations: []ulid.ULID{end.Now.Mutation, v.Mutation}})
	}
	if len(moments) != len(tasks) {
		t.Errorf("%d tasks have %d moments", len(tasks), len(moments))
	}
	same(t, fx.get(t, elsewhere.ID), elsewhere)
}

func testDeletedLists(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "ends", 1)
	end := nextList(list, func(*task.List) {})
	succeed(t, fx.MarkListDeleted(t.Context(), end))
	ref, at := fx.ref(list.ID), end.Now.UpdateTime
	found := func(before time.Time) bool {
		return slices.Contains(must(fx.DeletedLists(t.Context(), before))(t), ref)
	}
	if found(at) {
		t.Error("a list that was deleted just now is found")
	}
	if !found(at.Add(time.Microsecond)) {
		t.Error("a deleted list is not found")
	}
	fx.drain(t, list.ID)
	if found(at.Add(time.Hour)) {
		t.Error("a removed list is found")
	}
}

func testListHistory(t *testing.T, fx *storeFixture) {
	l := fx.addList(t, "new", 1)
	made := []ulid.ULID{l.Mutation}
	for range mutation.Remembered + 1 {
		kept := made[:min(len(made), mutation.Remembered)]
		same(t, must(fx.ListHistory(t.Context(), fx.ref(l.ID)))(t), mutation.History{Version: l.Version, Mutations: kept})
		l = fx.replaceList(t, nextList(l, func(*task.List) {}))
		made = slices.Insert(made, 0, l.Mutation)
	}
	refused(fx.ListHistory(t.Context(), fx.ref(ulid.Make())))(t, task.ErrListNotFound)
	succeed(t, fx.MarkListDeleted(t.Context(), nextList(l, func(*task.List) {})))
	refused(fx.ListHistory(t.Context(), fx.ref(l.ID)))(t, task.ErrListNotFound)
}
