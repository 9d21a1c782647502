package taskstore_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/taskstore"
)

// rows counts an owner's rows in a table.
func rows(t *testing.T, db *database.DB, table string, owner ulid.ULID) int64 {
	t.Helper()
	n, err := db.W.NewSelect().TableExpr("?", bun.Ident(table)).Where("user_id = ?", owner).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Lists and owners that are larger than what one transaction touches.
func TestStore_ManySteps_NothingLeft(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		store := taskstore.New(db, taskstore.Options{Batch: true})
		svc, housekeeping := task.NewService(store, task.Options{}), task.NewHousekeeping(store, task.Options{})
		owner, list := fill(t, db)
		all := rows(t, db, "tasks", owner)
		other, _ := fill(t, db)

		d := task.DeleteList{Ref: task.Ref{Owner: owner, ID: list}, Mutation: mutation.Mutation{ID: ulid.Make()}}
		if _, err := svc.DeleteList(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		left, err := db.W.NewSelect().TableExpr("tasks").Where("user_id = ?", owner).
			Where("list_id = ? OR NOT trashed AND version > 1", list).Count(t.Context())
		if err != nil || left != 0 || rows(t, db, "tasks", owner) != all || rows(t, db, "lists", owner) != 1 {
			t.Fatalf("%d tasks were left behind, %v", left, err)
		}

		r := task.CreateTask{Owner: owner, ID: ulid.Make()}
		r.Title, r.Labels = optional.Of("t"), optional.Of([]string{"a"})
		r.Idempotency.Key = "k"
		if _, err := svc.CreateTask(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := store.MarkOwnerDeleted(t.Context(), task.OwnerDeletion{Owner: owner, Time: time.Now().Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if err := housekeeping.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows(t, db, "tasks", other) != all || rows(t, db, "lists", other) != 2 {
			t.Error("another owner's rows are gone")
		}
		for _, table := range []string{"tasks", "lists", "task_labels", "idempotency_keys"} {
			if n := rows(t, db, table, owner); n != 0 {
				t.Errorf("%s: %d rows are left of a purged owner", table, n)
			}
		}
		if err := housekeeping.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if refs, err := store.DeletedLists(t.Context(), time.Now().Add(time.Hour)); err != nil || len(refs) != 0 {
			t.Errorf("left behind are %v, %v", refs, err)
		}
	})
}
