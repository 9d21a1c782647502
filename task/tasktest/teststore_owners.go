package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func testOpenOwner(t *testing.T, h *shelf) {
	unknown := shelfOf(h.Store)
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: unknown.task("first"), Limit: plenty}))(t, task.ErrOwnerUnknown)
	refused(h.InsertList(t.Context(), task.ListInsert{List: unknown.list(ulid.Make(), "first", 1), Limit: plenty}))(t, task.ErrOwnerUnknown)
	same(t, unknown.allLists(t, 10), nil)
	refused(h.List(t.Context(), unknown.getList(unknown.owner)))(t, task.ErrListNotFound)

	succeed(t, h.OpenOwner(t.Context(), unknown.inbox()))
	renamed := unknown.inbox()
	renamed.Title = "not any more"
	succeed(t, h.OpenOwner(t.Context(), renamed))
	same(t, unknown.allLists(t, 10), []task.List{unknown.inbox()})
}

func (h *shelf) deletion(at time.Time) task.OwnerDeletion {
	return task.OwnerDeletion{Owner: h.owner, Time: at}
}

// purge removes all that a deleted owner has.
func (h *shelf) purge(t *testing.T) {
	t.Helper()
	for !must(h.PurgeOwner(t.Context(), h.owner))(t) {
	}
}

func testPurgeOwner(t *testing.T, h *shelf) {
	list := h.addList(t, "list", 1)
	var ids []ulid.ULID
	for range 5 {
		v := h.rich()
		v.ListID = list.ID
		in := task.TaskInsert{Task: v, Limit: plenty, Idempotency: task.Idempotency{Key: v.ID.String()}}
		ids = append(ids, must(h.InsertTask(t.Context(), in))(t).ID)
	}
	if !must(h.PurgeOwner(t.Context(), h.owner))(t) {
		t.Fatal("an owner who was not deleted is being purged")
	}
	h.get(t, ids[0])

	for range 2 { // it can be repeated
		succeed(t, h.MarkOwnerDeleted(t.Context(), h.deletion(h.now)))
		refused(h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
		refused(h.InsertList(t.Context(), task.ListInsert{List: h.list(ulid.Make(), "late", 1), Limit: plenty}))(t, task.ErrOwnerGone)
		fail(t, h.OpenOwner(t.Context(), h.inbox()), task.ErrOwnerGone)
		h.purge(t)
		for _, id := range ids {
			refused(h.Task(t.Context(), h.getTask(id)))(t, task.ErrTaskNotFound)
		}
		refused(h.List(t.Context(), h.getList(h.owner)))(t, task.ErrListNotFound)
		same(t, h.allLists(t, 10), nil)
	}
}

func testMarkUnknownOwnerDeleted(t *testing.T, h *shelf) {
	never := shelfOf(h.Store)
	succeed(t, h.MarkOwnerDeleted(t.Context(), never.deletion(h.now)))
	fail(t, h.OpenOwner(t.Context(), never.inbox()), task.ErrOwnerGone)
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: never.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
	if !must(h.PurgeOwner(t.Context(), ulid.Make()))(t) {
		t.Error("someone unknown is being purged")
	}
}

func testDeletedOwners(t *testing.T, h *shelf) {
	succeed(t, h.MarkOwnerDeleted(t.Context(), h.deletion(h.now)))
	found := func(before time.Time) bool {
		return slices.Contains(must(h.DeletedOwners(t.Context(), before))(t), h.owner)
	}
	if found(h.now) {
		t.Error("an owner who was deleted just now is found")
	}
	if !found(h.now.Add(time.Microsecond)) {
		t.Error("a deleted owner is not found")
	}
	h.purge(t)
	if found(h.now.Add(time.Hour)) {
		t.Error("a purged owner is found")
	}
}

func testDeletionCursor(t *testing.T, s task.Store) {
	for _, c := range []struct{ save, want uint64 }{{7, 7}, {3, 7}, {8, 8}, {8, 8}} {
		succeed(t, s.SaveDeletionCursor(t.Context(), c.save))
		if got := must(s.DeletionCursor(t.Context()))(t); got != c.want {
			t.Errorf("after %d it is %d, want %d", c.save, got, c.want)
		}
	}
}

func testOwnersApart(t *testing.T, h *shelf) {
	other := newShelf(t, h.Store)
	list, v := h.addList(t, "mine", 1), h.add(t, h.rich())
	refused(h.Task(t.Context(), other.getTask(v.ID)))(t, task.ErrTaskNotFound)
	refused(h.List(t.Context(), other.getList(list.ID)))(t, task.ErrListNotFound)

	stolen, taken := v, list
	stolen.Owner, taken.Owner = other.owner, other.owner
	refused(h.ReplaceTask(t.Context(), next(stolen, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	fail(t, h.RemoveTask(t.Context(), stolen), task.ErrTaskNotFound)
	refused(h.ReplaceList(t.Context(), nextList(taken, func(*task.List) {})))(t, task.ErrListNotFound)
	fail(t, h.MarkListDeleted(t.Context(), nextList(taken, func(*task.List) {})), task.ErrListNotFound)

	// An id is unique among one owner's only.
	stolen.ListID, stolen.Title = other.owner, "theirs"
	stolen = other.add(t, stolen)
	same(t, h.get(t, v.ID), v)
	for _, f := range []task.Filter{{Trash: true}, {Trash: true, Label: "work"}} {
		same(t, other.find(t, f), []task.Task{stolen})
	}
}
