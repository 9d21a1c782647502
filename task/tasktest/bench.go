package tasktest

import (
	"context"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

// Ready is a service that has its answers at once, to measure what lies before
// it.
type Ready struct {
	task.Service

	Page task.TaskPage // of 20 tasks as people have them
	// Revision is that of every read. Zero: another one each time, so that nothing
	// is ever not modified.
	Revision task.Revision
}

// NewReady returns a service whose tasks were changed now.
func NewReady(now time.Time) Ready {
	r := Ready{Page: task.TaskPage{Next: "eyJ2IjoxLCJxIjoiMTIzNDU2Nzg5MDEyIiwiaSI6IjAxTTgxUkpSOUFLREhNQzU1U1hUNTJGSDRZIn0"}}
	owner := ulid.Make()
	for range 20 {
		r.Page.Tasks = append(r.Page.Tasks, task.Task{
			Owner: owner, ID: ulid.Make(), ListID: owner, Title: "Water the tomatoes", Content: "Not at noon, and not from above.",
			Status: task.Todo, Priority: 2, Due: &task.When{Date: "2026-11-24", Instant: now}, TimeZone: "Asia/Shanghai",
			Labels: []string{"garden", "home"}, Position: 1795355664682, CreateTime: now, UpdateTime: now, Version: 3, Mutation: ulid.Make(),
		})
	}
	return r
}

// GetTask returns the first task of the page.
func (r Ready) GetTask(_ context.Context, g task.GetTask) (task.Read[task.Task], error) {
	return reply(r.Revision, g.Known, r.Page.Tasks[0]), nil
}

// ListTasks returns the page.
func (r Ready) ListTasks(_ context.Context, l task.ListTasks) (task.Read[task.TaskPage], error) {
	return reply(r.Revision, l.Known, r.Page), nil
}

func reply[T any](revision, known task.Revision, v T) task.Read[T] {
	switch revision {
	case 0:
		return task.Read[T]{Revision: task.Revision(time.Now().UnixMicro()), Value: v}
	case known:
		return task.Read[T]{Revision: revision, NotModified: true}
	default:
		return task.Read[T]{Revision: revision, Value: v}
	}
}

// CreateTask returns the first task of the page, with the id that was asked for.
func (r Ready) CreateTask(_ context.Context, c task.CreateTask) (task.Task, error) {
	t := r.Page.Tasks[0]
	t.Owner, t.ID = c.Owner, c.ID
	return t, nil
}

// UpdateTask returns the first task of the page.
func (r Ready) UpdateTask(context.Context, task.UpdateTask) (task.Task, error) {
	return r.Page.Tasks[0], nil
}

// Each measures calls one after the other, and of some callers for each
// processor at once.
func Each(b *testing.B, name string, callers int, call func() error) {
	b.Helper()
	b.Run(name+"/serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := call(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(callers)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}
