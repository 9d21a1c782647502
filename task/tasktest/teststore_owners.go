//go:build ignore

package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func testUnknownOwner(t *testing.T, h *shelf) {
	unknown := shelfOf(h.Store)
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: unknown.task("first"), Limit: plenty}))(t, task.ErrOwnerUnknown)
	refused(h.InsertList(t.Context(), task.ListInsert{List: unknown.list(ulid.Make(), "first", 1), Limit: plenty}))(t, task.ErrOwnerUnknown)
	same(t, unknown.allLists(t, 10), nil)
	refused(h.List(t.Context(), unknown.ref(unknown.owner)))(t, task.ErrListNotFound)

	must(h.OpenOwner(t.Context(), unknown.inbox()))(t)
	renamed := unknown.inbox()
	renamed.Title = "not any more"
	must(h.OpenOwner(t.Context(), renamed))(t)
	same(t, unknown.allLists(t, 10), []task.List{unknown.inbox()})
}

func testErase(t *testing.T, h *shelf) {
	list := h.addList(t, "list", 1)
	var ids []ulid.ULID
	for range 5 {
		v := h.rich()
		v.ListID = list.ID
		in := task.TaskInsert{Task: v, Limit: plenty, Idempotency: task.Idempotency{Key: v.ID.String()}}
		ids = append(ids, must(h.InsertTask(t.Context(), in))(t).ID)
	}
	if !must(h.EraseOwner(t.Context(), h.owner))(t) {
		t.Fatal("an owner who was not closed is being erased")
	}
	h.get(t, ids[0])

	for range 2 { // it can be repeated
		must(h.CloseOwner(t.Context(), task.Closing{Owner: h.owner, Time: h.now}))(t)
		refused(h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
		refused(h.InsertList(t.Context(), task.ListInsert{List: h.list(ulid.Make(), "late", 1), Limit: plenty}))(t, task.ErrOwnerGone)
		refused(h.OpenOwner(t.Context(), h.inbox()))(t, task.ErrOwnerGone)
		for !must(h.EraseOwner(t.Context(), h.owner))(t) {
		}
		for _, id := range ids {
			refused(h.Task(t.Context(), h.ref(id)))(t, task.ErrTaskNotFound)
		}
		refused(h.List(t.Context(), h.ref(h.owner)))(t, task.ErrListNotFound)
		same(t, h.allLists(t, 10), nil)
	}
}

func testCloseUnknown(t *testing.T, h *shelf) {
	never := shelfOf(h.Store)
	must(h.CloseOwner(t.Context(), task.Closing{Owner: never.owner, Time: h.now}))(t)
	refused(h.OpenOwner(t.Context(), never.inbox()))(t, task.ErrOwnerGone)
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: never.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
	if !must(h.EraseOwner(t.Context(), ulid.Make()))(t) {
		t.Error("someone unknown is being erased")
	}
}

func testLeftBehind(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	end := nextList(list, func(*task.List) {})
	must(h.CloseList(t.Context(), end))(t)
	ref, at := h.ref(list.ID), end.Now.UpdateTime
	if slices.Contains(must(h.ClosedLists(t.Context(), at))(t), ref) {
		t.Error("a list closed just now is taken for left behind")
	}
	if !slices.Contains(must(h.ClosedLists(t.Context(), at.Add(time.Microsecond)))(t), ref) {
		t.Error("a closed list is not found")
	}
	h.empty(t, list.ID)
	if slices.Contains(must(h.ClosedLists(t.Context(), at.Add(time.Hour)))(t), ref) {
		t.Error("a removed list is found")
	}

	must(h.CloseOwner(t.Context(), task.Closing{Owner: h.owner, Time: at}))(t)
	if slices.Contains(must(h.ClosedOwners(t.Context(), at))(t), h.owner) {
		t.Error("an owner closed just now is taken for left behind")
	}
	if !slices.Contains(must(h.ClosedOwners(t.Context(), at.Add(time.Microsecond)))(t), h.owner) {
		t.Error("a closed owner is not found")
	}
	for !must(h.EraseOwner(t.Context(), h.owner))(t) {
	}
	if slices.Contains(must(h.ClosedOwners(t.Context(), at.Add(time.Hour)))(t), h.owner) {
		t.Error("an erased owner is found")
	}
}

// testPrune uses times of long ago, since stores are shared between tests.
func testPrune(t *testing.T, h *shelf) {
	h.now = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	in := task.TaskInsert{Task: h.task("old"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
	must(h.InsertTask(t.Context(), in))(t)
	prune := func(before time.Time) {
		for !must(h.PruneAnswers(t.Context(), before))(t) {
		}
	}
	again := in
	again.Task = h.task("again")
	prune(h.now)
	same(t, must(h.InsertTask(t.Context(), again))(t), in.Task)
	prune(h.now.Add(time.Microsecond))
	same(t, must(h.InsertTask(t.Context(), again))(t), again.Task)
}

func testCursor(t *testing.T, s task.Store) {
	for _, c := range []struct{ save, want uint64 }{{7, 7}, {3, 7}, {8, 8}, {8, 8}} {
		must(s.SaveErasureCursor(t.Context(), c.save))(t)
		if got := must(s.ErasureCursor(t.Context()))(t); got != c.want {
			t.Errorf("after %d it is %d, want %d", c.save, got, c.want)
		}
	}
}

func testOwnersApart(t *testing.T, h *shelf) {
	other := newShelf(t, h.Store)
	list, v := h.addList(t, "mine", 1), h.rich()
	h.add(t, v)
	refused(h.Task(t.Context(), other.ref(v.ID)))(t, task.ErrTaskNotFound)
	refused(h.List(t.Context(), other.ref(list.ID)))(t, task.ErrListNotFound)

	stolen, taken := v, list
	stolen.Owner, taken.Owner = other.owner, other.owner
	refused(h.ReplaceTask(t.Context(), next(stolen, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	refused(h.RemoveTask(t.Context(), stolen))(t, task.ErrTaskNotFound)
	refused(h.ReplaceList(t.Context(), nextList(taken, func(*task.List) {})))(t, task.ErrListNotFound)
	refused(h.CloseList(t.Context(), nextList(taken, func(*task.List) {})))(t, task.ErrListNotFound)

	// An id is unique among one owner's only.
	stolen.ListID, stolen.Title = other.owner, "theirs"
	same(t, other.add(t, stolen), stolen)
	same(t, h.get(t, v.ID), v)
	for _, f := range []task.Filter{{Trash: true}, {Trash: true, Label: "work"}} {
		scan := task.TaskScan{Owner: other.owner, Filter: f, Order: task.Order{By: task.ByDue}, Limit: 10, Bytes: plenty}
		same(t, must(h.Tasks(t.Context(), scan))(t).Tasks, []task.Task{stolen})
	}
}
