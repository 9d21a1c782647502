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

func testInsertList(t *testing.T, h *shelf) {
	same(t, h.readList(t, h.owner), h.inbox())
	l := h.addList(t, `quote ' back\slash 日本語 🗒️ trailing `, -1e-300)
	same(t, h.readList(t, l.ID), l)
	refused(h.List(t.Context(), h.getList(ulid.Make())))(t, task.ErrListNotFound)

	renamed := h.replaceList(t, nextList(l, func(l *task.List) { l.Title, l.Position = "renamed", 0.1 }))
	same(t, h.readList(t, l.ID), renamed)
	same(t, must(h.InsertList(t.Context(), task.ListInsert{List: l, Limit: 1}))(t), renamed)
}

func (h *shelf) readList(t *testing.T, id ulid.ULID) task.List {
	t.Helper()
	return must(h.List(t.Context(), h.getList(id)))(t).Value
}

func testReplaceList(t *testing.T, h *shelf) {
	l := h.addList(t, "list", 1)
	r := nextList(l, func(l *task.List) { l.Title = "renamed" })
	written := h.replaceList(t, r)
	refused(h.ReplaceList(t.Context(), r))(t, errs.ErrStaleVersion)
	fail(t, h.MarkListDeleted(t.Context(), r), errs.ErrStaleVersion)
	same(t, h.readList(t, l.ID), written)

	none := nextList(h.list(ulid.Make(), "nowhere", 0), func(*task.List) {})
	refused(h.ReplaceList(t.Context(), none))(t, task.ErrListNotFound)
	fail(t, h.MarkListDeleted(t.Context(), none), task.ErrListNotFound)
}

func nextList(l task.List, edit func(*task.List)) task.ListReplacement {
	now := l
	now.Version++
	now.Mutation = ulid.Make()
	now.UpdateTime = l.UpdateTime.Add(time.Second)
	edit(&now)
	return task.ListReplacement{Was: l, Now: now}
}

func testListPages(t *testing.T, h *shelf) {
	want := []task.List{h.inbox()}
	for _, position := range []float64{3, -1, 3, 2.5, 3, -1e300} {
		want = append(want, h.addList(t, "list", position))
	}
	slices.SortFunc(want, compareLists)
	for limit := 1; limit <= len(want)+1; limit++ {
		same(t, h.allLists(t, limit), want)
	}
}

// allLists reads the lists by pages.
func (h *shelf) allLists(t *testing.T, limit int) []task.List {
	t.Helper()
	var all []task.List
	q := task.ListQuery{Owner: h.owner, Limit: limit}
	for {
		found := must(h.Lists(t.Context(), q))(t).Value
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

func testListLimit(t *testing.T, h *shelf) {
	in := func() task.ListInsert { return task.ListInsert{List: h.list(ulid.Make(), "list", 1), Limit: 2} }
	first := must(h.InsertList(t.Context(), in()))(t)
	refused(h.InsertList(t.Context(), in()))(t, task.ErrListLimit)
	succeed(t, h.MarkListDeleted(t.Context(), nextList(first, func(*task.List) {})))
	h.drain(t, first.ID)
	must(h.InsertList(t.Context(), in()))(t)
	refused(h.InsertList(t.Context(), in()))(t, task.ErrListLimit)
}

// drainTime is when the lists of tests are drained.
func (h *shelf) drainTime() time.Time { return h.now.Add(time.Hour) }

// drain removes a deleted list.
func (h *shelf) drain(t *testing.T, id ulid.ULID) {
	t.Helper()
	for !must(h.DrainList(t.Context(), task.ListDrain{Ref: h.ref(id), Time: h.drainTime()}))(t) {
	}
}

func testMarkListDeleted(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	trashed, elsewhere := h.task("in the trash"), h.add(t, h.task("elsewhere"))
	trashed.ListID, trashed.DeleteTime = list.ID, &h.now
	trashed = h.add(t, trashed)

	end := nextList(list, func(*task.List) {})
	succeed(t, h.MarkListDeleted(t.Context(), end))
	refused(h.List(t.Context(), h.getList(list.ID)))(t, task.ErrListNotFound)
	refused(h.ReplaceList(t.Context(), end))(t, task.ErrListNotFound)
	fail(t, h.MarkListDeleted(t.Context(), end), task.ErrListNotFound)
	same(t, h.allLists(t, 10), []task.List{h.inbox()})
	late := h.task("late")
	late.ListID = list.ID
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: late, Limit: plenty}))(t, task.ErrListNotFound)
	refused(h.ReplaceTask(t.Context(), next(elsewhere, func(v *task.Task) { v.ListID = list.ID })))(t, task.ErrListNotFound)
	back := next(trashed, func(v *task.Task) { v.DeleteTime = nil })
	refused(h.ReplaceTask(t.Context(), back))(t, task.ErrListNotFound)
}

func testDrainList(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	var tasks []task.Task
	for n := range 7 {
		v := h.task("of the list")
		v.ListID = list.ID
		if n%3 == 0 {
			v.DeleteTime = &h.now
		}
		tasks = append(tasks, h.add(t, v))
	}
	elsewhere := h.add(t, h.task("elsewhere"))
	h.drain(t, list.ID) // which it is not to be yet
	same(t, h.get(t, tasks[0].ID), tasks[0])

	end := nextList(list, func(*task.List) {})
	succeed(t, h.MarkListDeleted(t.Context(), end))
	h.drain(t, list.ID)
	h.drain(t, list.ID)
	at := h.drainTime()
	moments := map[time.Time]bool{}
	for _, v := range tasks {
		got := h.get(t, v.ID)
		want := v
		want.ListID, want.Version, want.Mutation, want.UpdateTime = h.owner, 2, end.Now.Mutation, at
		if v.DeleteTime == nil {
			want.DeleteTime = &at
		}
		writtenTask(t, got, want)
		moments[got.UpdateTime] = true
		history := must(h.TaskHistory(t.Context(), h.ref(v.ID)))(t)
		same(t, history, mutation.History{Version: 2, Mutations: []ulid.ULID{end.Now.Mutation}})
	}
	if len(moments) != len(tasks) {
		t.Errorf("%d tasks have %d moments", len(tasks), len(moments))
	}
	same(t, h.get(t, elsewhere.ID), elsewhere)
}

func testDeletedLists(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	end := nextList(list, func(*task.List) {})
	succeed(t, h.MarkListDeleted(t.Context(), end))
	ref, at := h.ref(list.ID), end.Now.UpdateTime
	found := func(before time.Time) bool { return slices.Contains(must(h.DeletedLists(t.Context(), before))(t), ref) }
	if found(at) {
		t.Error("a list that was deleted just now is found")
	}
	if !found(at.Add(time.Microsecond)) {
		t.Error("a deleted list is not found")
	}
	h.drain(t, list.ID)
	if found(at.Add(time.Hour)) {
		t.Error("a removed list is found")
	}
}
