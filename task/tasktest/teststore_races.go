package tasktest

import (
	"errors"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

// concurrencyTests are also run with several stores over one database.
func concurrencyTests() storeTests {
	return storeTests{
		"ReplaceTask/concurrent on one version, one wins":         testRaceReplace,
		"RemoveTask/concurrent, counted once":                     testRaceRemove,
		"InsertTask/concurrent at the limit, no more than that":   testRaceLimit,
		"InsertTask/concurrent with one key, one task":            testRaceKey,
		"InsertTask/concurrent with the owner's first use, found": testRaceFirstUse,
		"InsertTask/concurrent with a deletion, none left behind": testRaceDeleteList,
		"OpenOwner/concurrent, one inbox":                         testRaceOpen,
		"Tasks/updated after the last one seen, nothing missed":   testFollowUpdates,
		"Read/concurrent with writes, value and revision agree":   testReadsOfOneMoment,
	}
}

// at returns the store that the n-th of several callers uses.
func (fx *storeFixture) at(n int) task.Store {
	stores := append([]task.Store{fx.Store}, fx.others...)
	return stores[n%len(stores)]
}

func testRaceReplace(t *testing.T, fx *storeFixture) {
	for _, labels := range [][]string{nil, {"with a label"}} {
		was := fx.add(t, fx.task("contested"))
		results := race(func(n int) error {
			_, err := fx.at(n).ReplaceTask(t.Context(), next(was, func(v *task.Task) { v.Labels = labels }))
			return err
		})
		if won := count(t, results, errs.ErrStaleVersion); won != 1 {
			t.Errorf("%d have replaced the same version", won)
		}
	}
}

func testRaceRemove(t *testing.T, fx *storeFixture) {
	fx.add(t, fx.task("stays"))
	last := fx.add(t, fx.task("removed"))
	results := race(func(n int) error { return fx.at(n).RemoveTask(t.Context(), last) })
	if won := count(t, results, task.ErrTaskNotFound, errs.ErrStaleVersion); won != 1 {
		t.Errorf("%d have removed the same task", won)
	}
	must(fx.InsertTask(t.Context(), task.TaskInsert{Task: fx.task("counted once"), Limit: 2}))(t)
	refused(fx.InsertTask(t.Context(), task.TaskInsert{Task: fx.task("too many"), Limit: 2}))(t, task.ErrTaskLimit)
}

func testRaceLimit(t *testing.T, fx *storeFixture) {
	results := race(func(n int) error {
		_, err := fx.at(n).InsertTask(t.Context(), task.TaskInsert{Task: fx.task("one of many"), Limit: 3})
		return err
	})
	if won := count(t, results, task.ErrTaskLimit); won != 3 {
		t.Errorf("%d tasks were created, want 3", won)
	}
}

func testRaceKey(t *testing.T, fx *storeFixture) {
	ids := make([]ulid.ULID, racers)
	results := race(func(n int) error {
		in := task.TaskInsert{Task: fx.task("the same"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
		v, err := fx.at(n).InsertTask(t.Context(), in)
		ids[n] = v.ID
		return err
	})
	if won := count(t, results); won != racers {
		t.Fatalf("%d were answered", won)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("replies differ: %v", ids)
		}
	}
}

// firstUses is how often testRaceFirstUse tries.
const firstUses = 25

// testRaceFirstUse creates for an owner who is being stored: either the owner is
// not known yet, or the inbox is there.
func testRaceFirstUse(t *testing.T, fx *storeFixture) {
	for range firstUses {
		fresh := unopenedFixture(fx.Store)
		results := race(func(n int) (err error) {
			switch store := fx.at(n / 2); {
			case n == 0:
				err = store.OpenOwner(t.Context(), fresh.inbox())
			case n%2 == 0:
				_, err = store.InsertTask(t.Context(), task.TaskInsert{Task: fresh.task("first"), Limit: plenty})
			case n == 1:
				_, err = store.InsertList(t.Context(), task.ListInsert{List: fresh.list(ulid.Make(), "first", 1), Limit: plenty})
			default:
				in := task.TaskInsert{Task: fresh.task("first"), Limit: plenty, Idempotency: task.Idempotency{Key: ulid.Make().String()}}
				_, err = store.InsertTask(t.Context(), in)
			}
			return err
		})
		count(t, results, task.ErrOwnerUnknown, errs.ErrUnavailable)
	}
}

func testRaceOpen(t *testing.T, fx *storeFixture) {
	fresh := unopenedFixture(fx.Store)
	results := race(func(n int) error {
		for {
			// On a busy machine the one writer of SQLite may be taken for too long.
			if err := fx.at(n).OpenOwner(t.Context(), fresh.inbox()); !errors.Is(err, errs.ErrUnavailable) {
				return err
			}
		}
	})
	if won := count(t, results); won != racers {
		t.Errorf("%d of %d have opened the owner", won, racers)
	}
	same(t, fresh.allLists(t, 10), []task.List{fresh.inbox()})
}

func testRaceDeleteList(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "ends", 1)
	tasks := make([]task.Task, racers)
	results := race(func(n int) error {
		if n == 0 {
			return fx.at(n).MarkListDeleted(t.Context(), nextList(list, func(*task.List) {}))
		}
		tasks[n] = fx.task("late or not")
		tasks[n].ListID = list.ID
		_, err := fx.at(n).InsertTask(t.Context(), task.TaskInsert{Task: tasks[n], Limit: plenty})
		return err
	})
	count(t, results, task.ErrListNotFound)
	fx.drain(t, list.ID)
	for n, err := range results {
		if n == 0 || err != nil {
			continue
		}
		if v := fx.get(t, tasks[n].ID); v.ListID != fx.owner || v.DeleteTime == nil {
			t.Errorf("a task stayed behind: %+v", v)
		}
	}
}
