//go:build ignore

package tasktest

import (
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

func testRaceReplace(t *testing.T, h *shelf) {
	for _, labels := range [][]string{nil, {"with a label"}} {
		was := h.add(t, h.task("contested"))
		results := race(func(int) error {
			_, err := h.ReplaceTask(t.Context(), next(was, func(v *task.Task) { v.Labels = labels }))
			return err
		})
		if won := count(t, results, errs.ErrStaleVersion); won != 1 {
			t.Errorf("%d have replaced the same version", won)
		}
	}
	last := h.add(t, h.task("removed"))
	results := race(func(int) error {
		_, err := h.RemoveTask(t.Context(), last)
		return err
	})
	if won := count(t, results, task.ErrTaskNotFound, errs.ErrStaleVersion); won != 1 {
		t.Errorf("%d have removed the same task", won)
	}
	must(h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("counted once"), Limit: 3}))(t)
	refused(h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("too many"), Limit: 3}))(t, task.ErrTaskLimit)
}

func testRaceLimit(t *testing.T, h *shelf) {
	results := race(func(int) error {
		_, err := h.InsertTask(t.Context(), task.TaskInsert{Task: h.task("one of many"), Limit: 3})
		return err
	})
	if won := count(t, results, task.ErrTaskLimit); won != 3 {
		t.Errorf("%d tasks were created, want 3", won)
	}
}

func testRaceKey(t *testing.T, h *shelf) {
	ids := make([]ulid.ULID, racers)
	results := race(func(n int) error {
		in := task.TaskInsert{Task: h.task("the same"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
		v, err := h.InsertTask(t.Context(), in)
		ids[n] = v.ID
		return err
	})
	if won := count(t, results); won != racers {
		t.Fatalf("%d were answered", won)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("answers differ: %v", ids)
		}
	}
}

func testRaceOpen(t *testing.T, h *shelf) {
	fresh := shelfOf(h.Store)
	results := race(func(int) error {
		_, err := h.OpenOwner(t.Context(), fresh.inbox())
		return err
	})
	if won := count(t, results); won != racers {
		t.Errorf("%d of %d have opened the owner", won, racers)
	}
	same(t, fresh.allLists(t, 10), []task.List{fresh.inbox()})
}

func testRaceCloseList(t *testing.T, h *shelf) {
	list := h.addList(t, "ends", 1)
	tasks := make([]task.Task, racers)
	results := race(func(n int) error {
		if n == 0 {
			_, err := h.CloseList(t.Context(), nextList(list, func(*task.List) {}))
			return err
		}
		tasks[n] = h.task("late or not")
		tasks[n].ListID = list.ID
		_, err := h.InsertTask(t.Context(), task.TaskInsert{Task: tasks[n], Limit: plenty})
		return err
	})
	count(t, results, task.ErrListNotFound)
	h.empty(t, list.ID)
	for n, err := range results {
		if n == 0 || err != nil {
			continue
		}
		if v := h.get(t, tasks[n].ID); v.ListID != h.owner || v.DeleteTime == nil {
			t.Errorf("a task stayed behind: %+v", v)
		}
	}
}
