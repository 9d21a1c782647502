package taskstore_test

import (
	"testing"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
	"todokit/task/tasktest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		t.Run("suite", func(t *testing.T) {
			tasktest.TestStore(t, func(*testing.T) task.Store { return taskstore.New(db) })
		})
	})
}

func TestServiceOverSQL(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		t.Run("suite", func(t *testing.T) {
			tasktest.TestService(t, func(_ *testing.T, o task.Options) tasktest.Subject {
				return tasktest.Subject{Service: task.NewService(taskstore.New(db), o)}
			})
		})
	})
}
