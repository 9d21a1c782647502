package taskstore_test

import (
	"errors"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/errs"
	"todokit/task"
	"todokit/task/taskstore"
)

// newInsert is a create of a task.
func newInsert(owner ulid.ULID) task.TaskInsert {
	return task.TaskInsert{Task: newTask(owner), Limit: task.DefaultTaskLimit}
}

func insert(t *testing.T, s *taskstore.Store, in task.TaskInsert) task.Task {
	t.Helper()
	v, err := s.InsertTask(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// retitled is a change of a task, as of a version and a revision that its writer
// believes to be there.
func retitled(v task.Task, r task.Revision) task.TaskReplacement {
	now := v
	now.Title, now.Version, now.Mutation = "changed", v.Version+1, ulid.Make()
	return task.TaskReplacement{Was: v, Now: now, Revision: r}
}

// sentAway returns which of a batch's writes must be made by themselves, and
// demands that the others were made.
func sentAway(t *testing.T, results []batch.Result[task.Task]) (which []int) {
	t.Helper()
	for i, r := range results {
		switch {
		case taskstore.SentAway(r.Err):
			which = append(which, i)
		case r.Err != nil:
			t.Errorf("write %d: %v", i, r.Err)
		}
	}
	return which
}

func wantAway(t *testing.T, results []batch.Result[task.Task], want int) {
	t.Helper()
	if which := sentAway(t, results); len(which) != 1 || which[0] != want {
		t.Errorf("sent away were %v, want only %d", which, want)
	}
}

// One write whose row is not as expected does not send the others away.
func TestStore_Batch_OneRowNotAsExpected_OnlyItsWriteSentAway(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		store := taskstore.New(db, taskstore.Options{Batch: true})
		owner, _ := fill(t, db)
		batchOf := func(n int) (in []task.TaskInsert) {
			for range n {
				in = append(in, newInsert(owner))
			}
			return in
		}
		t.Run("a create that is repeated", func(t *testing.T) {
			in := batchOf(20)
			insert(t, store, in[7])
			wantAway(t, store.RunBatch(t.Context(), in, nil), 7)
		})
		t.Run("a create twice in the batch", func(t *testing.T) {
			in := batchOf(20)
			in[7] = in[3]
			wantAway(t, store.RunBatch(t.Context(), in, nil), 7)
		})
		t.Run("a change of a version that is gone", func(t *testing.T) {
			v := insert(t, store, newInsert(owner))
			other := insert(t, store, newInsert(owner))
			if _, err := store.ReplaceTask(t.Context(), retitled(v, 0)); err != nil {
				t.Fatal(err)
			}
			wantAway(t, store.RunBatch(t.Context(), batchOf(3), []task.TaskReplacement{retitled(v, 0), retitled(other, 0)}), 3)
		})
		t.Run("a change at a wrong revision", func(t *testing.T) {
			v := insert(t, store, newInsert(owner))
			other := insert(t, store, newInsert(owner))
			if _, err := store.ReplaceTask(t.Context(), retitled(v, 0)); err != nil {
				t.Fatal(err)
			}
			now, err := store.Revision(t.Context(), owner)
			if err != nil {
				t.Fatal(err)
			}
			wantAway(t, store.RunBatch(t.Context(), batchOf(3), []task.TaskReplacement{retitled(v, now), retitled(other, now)}), 3)
			if _, err := store.ReplaceTask(t.Context(), retitled(v, now)); !errors.Is(err, errs.ErrStaleVersion) {
				t.Errorf("by itself: %v", err)
			}
		})
	})
}
