package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func testOpenOwner(t *testing.T, fx *storeFixture) {
	unknown := unopenedFixture(fx.Store)
	refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: unknown.task("first"), Limit: plenty}))(t, task.ErrOwnerUnknown)
	refused(fx.InsertList(t.Context(), task.ListInsert{List: unknown.list(ulid.Make(), "first", 1), Limit: plenty}))(t, task.ErrOwnerUnknown)
	same(t, unknown.allLists(t, 10), nil)
	refused(fx.List(t.Context(), unknown.getList(unknown.owner)))(t, task.ErrListNotFound)

	succeed(t, fx.OpenOwner(t.Context(), unknown.inbox()))
	renamed := unknown.inbox()
	renamed.Title = "not any more"
	succeed(t, fx.OpenOwner(t.Context(), renamed))
	same(t, unknown.allLists(t, 10), []task.List{unknown.inbox()})
}

func (fx *storeFixture) deletion(at time.Time) task.OwnerDeletion {
	return task.OwnerDeletion{Owner: fx.owner, Time: at}
}

// purge removes all that a deleted owner has.
func (fx *storeFixture) purge(t *testing.T) {
	t.Helper()
	for !must(fx.PurgeOwner(t.Context(), fx.owner))(t) {
	}
}

func testPurgeOwner(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "list", 1)
	var ids []ulid.ULID
	for range 5 {
		v := fx.rich()
		v.ListID = list.ID
		in := task.TaskInsert{Task: v, Limit: plenty, Idempotency: task.Idempotency{Key: v.ID.String()}}
		ids = append(ids, must(fx.InsertTask(t.Context(), in))(t).ID)
	}
	if !must(fx.PurgeOwner(t.Context(), fx.owner))(t) {
		t.Fatal("an owner who was not deleted is being purged")
	}
	fx.get(t, ids[0])

	for range 2 { // it can be repeated
		succeed(t, fx.MarkOwnerDeleted(t.Context(), fx.deletion(fx.now)))
		refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: fx.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
		refused(fx.InsertList(t.Context(), task.ListInsert{List: fx.list(ulid.Make(), "late", 1), Limit: plenty}))(t, task.ErrOwnerGone)
		fail(t, fx.OpenOwner(t.Context(), fx.inbox()), task.ErrOwnerGone)
		fx.purge(t)
		for _, id := range ids {
			refused(fx.Task(t.Context(), fx.getTask(id)))(t, task.ErrTaskNotFound)
		}
		refused(fx.List(t.Context(), fx.getList(fx.owner)))(t, task.ErrListNotFound)
		same(t, fx.allLists(t, 10), nil)
	}
}

func testMarkUnknownOwnerDeleted(t *testing.T, fx *storeFixture) {
	never := unopenedFixture(fx.Store)
	succeed(t, fx.MarkOwnerDeleted(t.Context(), never.deletion(fx.now)))
	fail(t, fx.OpenOwner(t.Context(), never.inbox()), task.ErrOwnerGone)
	refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: never.task("late"), Limit: plenty}))(t, task.ErrOwnerGone)
	if !must(fx.PurgeOwner(t.Context(), ulid.Make()))(t) {
		t.Error("someone unknown is being purged")
	}
}

func testDeletedOwners(t *testing.T, fx *storeFixture) {
	succeed(t, fx.MarkOwnerDeleted(t.Context(), fx.deletion(fx.now)))
	found := func(before time.Time) bool {
		return slices.Contains(must(fx.DeletedOwners(t.Context(), before))(t), fx.owner)
	}
	if found(fx.now) {
		t.Error("an owner who was deleted just now is found")
	}
	if !found(fx.now.Add(time.Microsecond)) {
		t.Error("a deleted owner is not found")
	}
	fx.purge(t)
	if found(fx.now.Add(time.Hour)) {
		t.Error("a purged owner is found")
	}
}

func testOwnersApart(t *testing.T, fx *storeFixture) {
	other := newStoreFixture(t, fx.Store)
	list, v := fx.addList(t, "mine", 1), fx.add(t, fx.rich())
	refused(fx.Task(t.Context(), other.getTask(v.ID)))(t, task.ErrTaskNotFound)
	refused(fx.List(t.Context(), other.getList(list.ID)))(t, task.ErrListNotFound)

	stolen, taken := v, list
	stolen.Owner, taken.Owner = other.owner, other.owner
	refused(fx.ReplaceTask(t.Context(), next(stolen, func(*task.Task) {})))(t, task.ErrTaskNotFound)
	fail(t, fx.RemoveTask(t.Context(), stolen), task.ErrTaskNotFound)
	refused(fx.ReplaceList(t.Context(), nextList(taken, func(*task.List) {})))(t, task.ErrListNotFound)
	fail(t, fx.MarkListDeleted(t.Context(), nextList(taken, func(*task.List) {})), task.ErrListNotFound)

	// An id is unique among one owner's only.
	stolen.ListID, stolen.Title = other.owner, "theirs"
	stolen = other.add(t, stolen)
	same(t, fx.get(t, v.ID), v)
	for _, f := range []task.Filter{{Trash: true}, {Trash: true, Label: "work"}} {
		same(t, other.find(t, f), []task.Task{stolen})
	}
}
