package taskstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
)

// Whoever waits for an owner's row leaves the connections to the others.
func TestStore_ManyWaitForOneOwner_OthersWrite(t *testing.T) {
	t.Parallel()
	url := databasetest.MySQLURL(t) // SQLite has one writer, who waits for nobody
	holder := databasetest.Open(t, url)
	if err := holder.Migrate(t.Context(), "test", taskstore.Migrations()); err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), database.Options{URL: url, MaxOpen: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store := taskstore.New(db, taskstore.Options{Batch: true})
	contested, list := fill(t, holder)
	other, _ := fill(t, holder)

	var waiting sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	held := errors.New("the end")
	err = holder.Tx(t.Context(), func(_ context.Context, tx bun.Tx) error {
		lockOwner(t, tx, contested)
		for n := range 50 {
			waiting.Go(func() {
				v := newTask(contested)
				in := task.TaskInsert{Task: v, Limit: task.DefaultTaskLimit}
				if n%2 == 0 {
					in.Idempotency.Key = fmt.Sprint(n)
				} else {
					in.Task.ListID = list
				}
				_, _ = store.InsertTask(ctx, in) // it waits until it is cancelled
			})
		}
		for db.W.Stats().InUse < 2 {
			runtime.Gosched()
		}
		for range 10 {
			if _, err := store.InsertTask(t.Context(), task.TaskInsert{Task: newTask(other), Limit: task.DefaultTaskLimit}); err != nil {
				t.Error(err)
			}
			if n := db.W.Stats().InUse; n > 2 {
				t.Errorf("%d connections are in use", n)
			}
		}
		return held
	})
	if !errors.Is(err, held) {
		t.Error(err)
	}
	cancel()
	waiting.Wait()
}

// lockOwner takes an owner's row, and keeps the server from ending the transaction
// while it is idle.
func lockOwner(t *testing.T, tx bun.Tx, owner ulid.ULID) {
	t.Helper()
	for _, statement := range []string{
		"SET SESSION sql_safe_updates=0 /*M!100300 , idle_transaction_timeout=60 */",
		fmt.Sprintf("SELECT tasks FROM owners WHERE user_id = x'%x' FOR UPDATE", owner.Bytes()),
	} {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
