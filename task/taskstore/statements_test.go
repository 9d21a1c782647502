package taskstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
)

// The statements of a create and of an update, by themselves and in a batch:
// none of them is for the owner's clock alone, and a batch of one needs one more
// than a transaction of its own.
func TestStore_Write_Statements(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		for _, c := range []struct {
			name           string
			options        taskstore.Options
			create, update []string
		}{
			{
				"alone", taskstore.Options{},
				[]string{"BEGIN", "UPDATE owners", "INSERT INTO tasks", "INSERT INTO task_labels", "COMMIT"},
				[]string{"BEGIN", "UPDATE owners", "UPDATE tasks", "COMMIT"},
			},
			{
				"in a batch", taskstore.Options{Batch: true},
				[]string{"BEGIN", "SELECT owners", "INSERT INTO tasks", "INSERT INTO task_labels", "UPDATE owners", "COMMIT"},
				[]string{"BEGIN", "SELECT owners", "INSERT INTO tasks", "UPDATE owners", "COMMIT"},
			},
		} {
			t.Run(c.name, func(t *testing.T) {
				owner, _ := fill(t, db)
				statements := &recorder{}
				watched := *db
				watched.W = db.W.WithQueryHook(statements)
				store := taskstore.New(&watched, c.options)
				v, err := store.InsertTask(t.Context(), task.TaskInsert{Task: newTask(owner), Limit: task.DefaultTaskLimit})
				if err != nil {
					t.Fatal(err)
				}
				statements.check(t, c.create)
				read, err := store.Task(t.Context(), task.GetTask{Ref: task.Ref{Owner: owner, ID: v.ID}})
				if err != nil {
					t.Fatal(err)
				}
				now := read.Value
				now.Version, now.Mutation = now.Version+1, ulid.Make()
				statements.forget()
				if _, err := store.ReplaceTask(t.Context(), task.TaskReplacement{Was: read.Value, Now: now, Revision: read.Revision}); err != nil {
					t.Fatal(err)
				}
				statements.check(t, c.update)
			})
		}
	})
}

// check compares what was recorded with statements, of which only the verb and
// the first table are named.
func (r *recorder) check(t *testing.T, want []string) {
	t.Helper()
	var got []string
	for _, q := range r.all() {
		words := strings.Fields(strings.NewReplacer("`", "", `"`, "").Replace(q))
		switch words[0] {
		case "SELECT":
			words = []string{"SELECT", words[slices.Index(words, "FROM")+1]}
		case "UPDATE":
			words = words[:2]
		case "INSERT":
			words = words[:3]
		}
		got = append(got, strings.Join(words, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the statements are %q, want %q", got, want)
	}
}
