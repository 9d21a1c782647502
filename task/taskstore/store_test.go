package taskstore_test

import (
	"testing"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
	"todokit/task/tasktest"
)

// options are those that a store may have, by name.
func options() map[string]taskstore.Options {
	return map[string]taskstore.Options{"batched": {Batch: true}, "unbatched": {}}
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, o := range options() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
				t.Run("suite", func(t *testing.T) {
					tasktest.TestStore(t, func(*testing.T) task.Store { return taskstore.New(db, o) })
				})
			})
		})
	}
}

// TestStore_Instances has two instances of the service over one database, each
// with connections of its own.
func TestStore_Instances(t *testing.T) {
	t.Parallel()
	for name, o := range options() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, newURL := range map[string]func(testing.TB) string{"SQLite": databasetest.SQLiteURL, "MySQL": databasetest.MySQLURL} {
				t.Run(name, func(t *testing.T) {
					url := newURL(t)
					first, second := databasetest.Open(t, url), databasetest.Open(t, url)
					if err := first.Migrate(t.Context(), "test", taskstore.Migrations()); err != nil {
						t.Fatal(err)
					}
					t.Run("suite", func(t *testing.T) {
						tasktest.TestStoreInstances(t, func(*testing.T) []task.Store {
							return []task.Store{taskstore.New(first, o), taskstore.New(second, o)}
						})
					})
				})
			}
		})
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		t.Run("suite", func(t *testing.T) {
			tasktest.TestService(t, func(_ *testing.T, o task.Options) tasktest.Subject {
				return tasktest.Subject{Service: task.NewService(taskstore.New(db, taskstore.Options{Batch: true}), o)}
			})
		})
	})
}
