package task_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/tasktest"
)

// writers is how many change the same thing at the same time.
const writers = 50

// yielding is a store that lets others run between a read and a write, and counts
// the attempts to write.
type yielding struct {
	*tasktest.Store
	attempts atomic.Int64
}

func (y *yielding) Task(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	defer runtime.Gosched()
	return y.Store.Task(ctx, r)
}

func (y *yielding) List(ctx context.Context, r task.GetList) (task.Read[task.List], error) {
	defer runtime.Gosched()
	return y.Store.List(ctx, r)
}

func (y *yielding) ReplaceTask(ctx context.Context, r task.TaskReplacement) (task.Task, error) {
	y.attempts.Add(1)
	defer runtime.Gosched()
	return y.Store.ReplaceTask(ctx, r)
}

func (y *yielding) ReplaceList(ctx context.Context, r task.ListReplacement) (task.List, error) {
	y.attempts.Add(1)
	defer runtime.Gosched()
	return y.Store.ReplaceList(ctx, r)
}

// Writers of one row take turns, so that each reads what is there when it writes.
func TestService_ManyWritersOfOneRow_OneAttemptEach(t *testing.T) {
	t.Parallel()
	owner := ulid.Make()
	one := task.Ref{Owner: owner, ID: ulid.Make()}
	inbox := task.Ref{Owner: owner, ID: owner}
	m := func() mutation.Mutation { return mutation.Mutation{ID: ulid.Make()} }
	for name, write := range map[string]func(ctx context.Context, svc task.Service, n int) error{
		"UpdateTask": func(ctx context.Context, svc task.Service, n int) error {
			fields := task.TaskFields{Title: optional.Of(fmt.Sprint(n))}
			_, err := svc.UpdateTask(ctx, task.UpdateTask{Ref: one, Mutation: m(), TaskFields: fields})
			return err
		},
		"UpdateList": func(ctx context.Context, svc task.Service, n int) error {
			fields := task.ListFields{Title: optional.Of(fmt.Sprint(n))}
			_, err := svc.UpdateList(ctx, task.UpdateList{Ref: inbox, Mutation: m(), ListFields: fields})
			return err
		},
		"DeleteTask and RestoreTask": func(ctx context.Context, svc task.Service, n int) (err error) {
			if n%2 == 0 {
				_, err = svc.DeleteTask(ctx, task.DeleteTask{Ref: one, Mutation: m()})
			} else {
				_, err = svc.RestoreTask(ctx, task.RestoreTask{Ref: one, Mutation: m()})
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &yielding{Store: tasktest.NewStore()}
			svc := task.NewService(store, task.Options{})
			create := task.CreateTask{Owner: owner, ID: one.ID, TaskFields: task.TaskFields{Title: optional.Of("contested")}}
			if _, err := svc.CreateTask(t.Context(), create); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for n := range writers {
				all.Go(func() {
					if err := write(t.Context(), svc, n); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := store.attempts.Load(); n > writers {
				t.Errorf("%d writers made %d attempts", writers, n)
			}
		})
	}
}
