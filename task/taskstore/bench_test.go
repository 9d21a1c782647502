package taskstore_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
	"todokit/task/tasktest"
)

// manyTasks is what an owner has who has many, as far as a benchmark can wait
// for them.
const manyTasks = 5000

// callers is how many ask at once, for each processor.
const callers = 4

// dataset is a store with two owners: one with a page of tasks, one with many.
type dataset struct {
	*taskstore.Store
	few, many []task.Task
}

func BenchmarkStore(b *testing.B) {
	for name, newURL := range map[string]func(testing.TB) string{"SQLite": databasetest.SQLiteURL, "MySQL": databasetest.MySQLURL} {
		b.Run(name, func(b *testing.B) {
			db := databasetest.Open(b, newURL(b))
			if err := db.Migrate(b.Context(), "test", taskstore.Migrations()); err != nil {
				b.Fatal(err)
			}
			s := &dataset{Store: taskstore.New(db, taskstore.Options{Batch: true})}
			s.few, s.many = s.fill(b, 20), s.fill(b, manyTasks)
			s.read(b)
			s.write(b)
		})
	}
}

func (s *dataset) read(b *testing.B) {
	ctx := b.Context()
	tasktest.Each(b, "get", callers, func() error {
		_, err := s.Task(ctx, task.GetTask{Ref: task.Ref{Owner: s.few[0].Owner, ID: s.few[0].ID}})
		return err
	})
	for name, tasks := range map[string][]task.Task{"list of few": s.few, "list of many": s.many} {
		q := task.TaskQuery{Owner: tasks[0].Owner, Order: task.Order{By: task.ByCreateTime}, Limit: 20, Bytes: task.MaxPageContent}
		tasktest.Each(b, name, callers, func() error {
			page, err := s.Tasks(ctx, q)
			if len(page.Value.Tasks) != 20 {
				return fmt.Errorf("%d tasks: %w", len(page.Value.Tasks), err)
			}
			return err
		})
	}
}

func (s *dataset) write(b *testing.B) {
	ctx := b.Context()
	owner := s.open(b)
	tasktest.Each(b, "create", callers, func() error {
		_, err := s.InsertTask(ctx, task.TaskInsert{Task: newTask(owner), Limit: task.DefaultTaskLimit})
		return err
	})
	var mu sync.Mutex
	free := s.few // those that nobody is changing
	tasktest.Each(b, "update", callers, func() error {
		mu.Lock()
		was := free[len(free)-1]
		free = free[:len(free)-1]
		mu.Unlock()
		now := was
		now.Version++
		now.Mutation = ulid.Make()
		_, err := s.ReplaceTask(ctx, task.TaskReplacement{Was: was, Now: now})
		mu.Lock()
		defer mu.Unlock()
		free = append(free, now)
		return err
	})
}

// open stores an owner with nothing but an inbox.
func (s *dataset) open(b *testing.B) ulid.ULID {
	b.Helper()
	owner, now := ulid.Make(), time.Now().UTC().Truncate(time.Microsecond)
	err := s.OpenOwner(b.Context(), task.List{Owner: owner, ID: owner, Title: "Inbox", CreateTime: now, UpdateTime: now, Version: 1, Mutation: owner})
	if err != nil {
		b.Fatal(err)
	}
	return owner
}

// fill stores an owner with tasks.
func (s *dataset) fill(b *testing.B, n int) []task.Task {
	b.Helper()
	owner, tasks := s.open(b), make([]task.Task, n)
	for i := range tasks {
		tasks[i] = newTask(owner)
		if _, err := s.InsertTask(b.Context(), task.TaskInsert{Task: tasks[i], Limit: task.DefaultTaskLimit}); err != nil {
			b.Fatal(err)
		}
	}
	return tasks
}

// newTask is a task as people have them.
func newTask(owner ulid.ULID) task.Task {
	id, now := ulid.MustNew(ulid.Now(), rand.Reader), time.Now().UTC().Truncate(time.Microsecond)
	return task.Task{
		Owner: owner, ID: id, ListID: owner, Title: "Water the tomatoes", Content: "Not at noon, and not from above.",
		Status: task.Todo, Priority: 2, Due: &task.When{Date: "2026-11-24", Instant: now}, TimeZone: "Asia/Shanghai",
		Labels: []string{"garden", "home"}, Position: float64(id.Time()), CreateTime: id.Timestamp().UTC(), UpdateTime: now, Version: 1, Mutation: id,
	}
}
