package tasktransport_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

func create(title string) task.CreateTask {
	return task.CreateTask{ID: ulid.Make(), TaskFields: task.TaskFields{Title: optional.Of(title)}}
}

// Whatever messages the calls share, each caller gets their own reply.
func TestClient_CallsInOneBundle_AnsweredApart(t *testing.T) {
	t.Parallel()
	svc := newClient(t)
	tasks := make([]task.Task, 100)
	for i := range tasks {
		v, err := svc.CreateTask(as(t.Context(), ulid.Make()), create("a task"))
		if err != nil {
			t.Fatal(err)
		}
		tasks[i] = v
	}
	get := func(v task.Task) task.GetTask { return task.GetTask{Ref: task.Ref{Owner: v.Owner, ID: v.ID}} }
	var all sync.WaitGroup
	for i, v := range tasks {
		all.Go(func() {
			found, err := svc.GetTask(as(t.Context(), v.Owner), get(v))
			if err != nil || found.Value.ID != v.ID || found.Revision == 0 {
				t.Errorf("%d: %+v, %v", i, found, err)
			}
		})
		all.Go(func() {
			found, err := svc.GetTask(as(t.Context(), v.Owner), get(tasks[(i+1)%len(tasks)]))
			if !errors.Is(err, task.ErrTaskNotFound) {
				t.Errorf("%d sees another one's: %+v, %v", i, found, err)
			}
		})
		all.Go(func() {
			for raw, want := range map[string]error{
				"": errs.ErrUnauthenticated, "no token": errs.ErrUnauthenticated, v.Owner.String() + " tasks:write account": errs.ErrForbidden,
			} {
				found, err := svc.GetTask(token.WithBearer(t.Context(), raw), get(v))
				if !errors.Is(err, want) {
					t.Errorf("%q: %+v, %v", raw, found, err)
				}
			}
		})
	}
	all.Wait()
}

func TestClient_ManyLargeTasksAtOnce_AllArrive(t *testing.T) {
	t.Parallel()
	svc, owner := newClient(t), ulid.Make()
	ctx := as(t.Context(), owner)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			content := strings.Repeat("x", task.MaxContent)
			r := create("large")
			r.Content = optional.Of(content)
			v, err := svc.CreateTask(ctx, r)
			if err != nil {
				t.Error(err)
				return
			}
			found, err := svc.GetTask(ctx, task.GetTask{Ref: task.Ref{Owner: owner, ID: v.ID}})
			if err != nil || found.Value.Content != content {
				t.Errorf("the task is not there: %v", err)
			}
		})
	}
	all.Wait()
}
