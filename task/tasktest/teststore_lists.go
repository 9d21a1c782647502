//go:build ignore

package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

func testLists(t *testing.T, h *shelf) {
	ref := h.ref(h.owner)
	same(t, must(h.List(t.Context(), ref))(t), h.inbox())
	l := h.addList(t, `quote ' back\slash 日本語 🗒️ trailing `, -1e-300)
	same(t, must(h.List(t.Context(), h.ref(l.ID)))(t), l)
	refused(h.List(t.Context(), h.ref(ulid.Make())))(t, task.ErrListNotFound)

	r := nextList(l, func(l *task.List) { l.Title, l.Position = "renamed", 0.1 })
	must(h.ReplaceList(t.Context(), r))(t)
	same(t, must(h.List(t.Context(), h.ref(l.ID)))(t), r.Now)
	refused(h.ReplaceList(t.Context(), r))(t, errs.ErrStaleVersion)
	refused(h.CloseList(t.Context(), r))(t, errs.ErrStaleVersion)
	none := nextList(h.list(ulid.Make(), "nowhere", 0), func(*task.List) {})
	refused(h.ReplaceList(t.Context(), none))(t, task.ErrListNotFound)
	refused(h.CloseList(t.Context(), none))(t, task.ErrListNotFound)

	same(t, must(h.InsertList(t.Context(), task.ListInsert{List: l, Limit: 1}))(t), r.Now)
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
	scan := task.ListScan{Owner: h.owner, Limit: limit}
	for {
		found := must(h.Lists(t.Context(), scan))(t)
		all = append(all, found.Lists...)
		if !found.More {
			return all
		}
		if len(found.Lists) != limit || len(all) > plenty {
			t.Fatalf("after %d lists, a page of %d has %d, and there are more", len(all), limit, len(found.Lists))
		}
		last := found.Lists[limit-1]
		scan.After = &task.ListPlace{Inbox: last.Inbox(), Position: last.Position, ID: last.ID}
	}
}

func testListLimit(t *testing.T, h *shelf) {
	in := func() task.ListInsert { return task.ListInsert{List: h.list(ulid.Make(), "list", 1), Limit: 2} }
	first := must(h.InsertList(t.Context(), in()))(t)
	refused(h.InsertList(t.Context(), in()))(t, task.ErrListLimit)
	must(h.CloseList(t.Context(), nextList(first, func(*task.List) {})))(t)
	h.empty(t, first.ID)
	must(h.InsertList(t.Context(), in()))(t)
	refused(h.InsertList(t.Context(), in()))(t, task.ErrListLimit)
}

// empty removes a closed list.
func (h *shelf) empty(t *testing.T, id ulid.ULID) {
	t.Helper()
	for !must(h.EmptyList(t.Context(), task.Emptying{Ref: h.ref(id), Time: h.now.Add(time.Hour)}))(t) {
	}
}

func testCloseList(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	live, trashed, elsewhere := h.task("live"), h.task("in the trash"), h.task("elsewhere")
	live.ListID, trashed.ListID = list.ID, list.ID
	trashed.DeleteTime = &h.now
	for _, v := range []task.Task{live, trashed, elsewhere} {
		h.add(t, v)
	}
	h.empty(t, list.ID) // which it is not to be yet
	same(t, h.get(t, live.ID), live)

	end := nextList(list, func(*task.List) {})
	must(h.CloseList(t.Context(), end))(t)
	refused(h.List(t.Context(), h.ref(list.ID)))(t, task.ErrListNotFound)
	refused(h.ReplaceList(t.Context(), end))(t, task.ErrListNotFound)
	refused(h.CloseList(t.Context(), end))(t, task.ErrListNotFound)
	same(t, h.allLists(t, 10), []task.List{h.inbox()})
	late := h.task("late")
	late.ListID = list.ID
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: late, Limit: plenty}))(t, task.ErrListNotFound)
	refused(h.ReplaceTask(t.Context(), next(elsewhere, func(v *task.Task) { v.ListID = list.ID })))(t, task.ErrListNotFound)
	back := next(trashed, func(v *task.Task) { v.DeleteTime = nil })
	refused(h.ReplaceTask(t.Context(), back))(t, task.ErrListNotFound)

	h.empty(t, list.ID)
	h.empty(t, list.ID)
	end.Now.UpdateTime = h.now.Add(time.Hour)
	for _, v := range []task.Task{live, trashed} {
		want := v
		want.ListID, want.Version, want.Mutation, want.UpdateTime = h.owner, 2, end.Now.Mutation, end.Now.UpdateTime
		if v.DeleteTime == nil {
			want.DeleteTime = &end.Now.UpdateTime
		}
		same(t, h.get(t, v.ID), want)
	}
	same(t, h.get(t, elsewhere.ID), elsewhere)
}
