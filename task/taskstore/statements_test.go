package taskstore_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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

// However many writes a transaction makes, it takes the owner's row and all of
// their moments once.
func TestStore_ConcurrentWrites_OneUpdateOfTheOwnerEach(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		owner, _ := fill(t, db)
		statements := &recorder{}
		watched := *db
		watched.W = db.W.WithQueryHook(statements)
		store := taskstore.New(&watched, taskstore.Options{Batch: true})
		const writes = 40
		moments := make([]time.Time, writes)
		var all sync.WaitGroup
		for n := range writes {
			all.Go(func() {
				v, err := store.InsertTask(t.Context(), task.TaskInsert{Task: newTask(owner), Limit: task.DefaultTaskLimit})
				if err != nil {
					t.Error(err)
				}
				moments[n] = v.UpdateTime
			})
		}
		all.Wait()
		slices.SortFunc(moments, time.Time.Compare)
		if n := len(slices.Compact(moments)); n != writes {
			t.Errorf("%d writes have %d moments", writes, n)
		}
		counts := map[string]int{}
		for _, s := range statements.short() {
			counts[s]++
		}
		if counts["UPDATE owners"] > counts["BEGIN"] || counts["BEGIN"] > 2*writes {
			t.Errorf("%d writes took %v", writes, counts)
		}
	})
}

// check compares what was recorded with statements.
func (r *recorder) check(t *testing.T, want []string) {
	t.Helper()
	if got := r.short(); !slices.Equal(got, want) {
		t.Errorf("the statements are %q, want %q", got, want)
	}
}

// short returns the verb and the first table of each statement.
func (r *recorder) short() (short []string) {
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
		short = append(short, strings.Join(words, " "))
	}
	return short
}
