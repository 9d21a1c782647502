package tasktransport_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

// Whatever messages their questions share, each caller is told of their own.
func TestPeeksAreAnsweredApart(t *testing.T) {
	t.Parallel()
	svc := tasktransport.NewClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{})))
	tasks := make([]task.Task, 100)
	for i := range tasks {
		owner := ulid.Make()
		v, err := svc.CreateTask(as(t.Context(), owner), task.CreateTask{Task: task.Task{ID: ulid.Make(), Title: "a task"}})
		if err != nil {
			t.Fatal(err)
		}
		tasks[i] = v
	}
	var all sync.WaitGroup
	for i, v := range tasks {
		all.Go(func() {
			found, err := svc.Peek(as(t.Context(), v.Owner), task.Peek{Owner: v.Owner, Task: v.ID})
			if err != nil || found.Task == nil || found.Task.ID != v.ID || found.Revision.IsZero() {
				t.Errorf("%d: %+v, %v", i, found, err)
			}
		})
		all.Go(func() {
			theirs := tasks[(i+1)%len(tasks)]
			found, err := svc.Peek(as(t.Context(), v.Owner), task.Peek{Owner: theirs.Owner, Task: theirs.ID})
			if err != nil || found.Task != nil {
				t.Errorf("%d sees another one's: %+v, %v", i, found, err)
			}
		})
		all.Go(func() {
			for raw, want := range map[string]error{
				"": errs.ErrUnauthenticated, "no token": errs.ErrUnauthenticated, v.Owner.String() + " tasks:write account": errs.ErrForbidden,
			} {
				found, err := svc.Peek(token.WithBearer(t.Context(), raw), task.Peek{Owner: v.Owner, Task: v.ID})
				if !errors.Is(err, want) {
					t.Errorf("%q: %+v, %v", raw, found, err)
				}
			}
		})
	}
	all.Wait()
}

func TestManyLargeTasksTravelTogether(t *testing.T) {
	t.Parallel()
	svc, owner := tasktransport.NewClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{}))), ulid.Make()
	ctx := as(t.Context(), owner)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			content := strings.Repeat("x", task.MaxContent)
			v, err := svc.CreateTask(ctx, task.CreateTask{Task: task.Task{ID: ulid.Make(), Title: "large", Content: content}})
			if err != nil {
				t.Error(err)
				return
			}
			found, err := svc.Peek(ctx, task.Peek{Owner: owner, Task: v.ID})
			if err != nil || found.Task == nil || found.Task.Content != content {
				t.Errorf("the task is not there: %v", err)
			}
		})
	}
	all.Wait()
}

func TestBadPeeksNameTheField(t *testing.T) {
	t.Parallel()
	c := taskv1.NewTaskServiceClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{})))
	for name, m := range map[string]*taskv1.PeekRequest{
		"task_id BAD_FORMAT": {TaskId: []byte("x")},
		"known BAD_FORMAT":   {Known: []byte("x")},
	} {
		_, err := c.Peek(as(t.Context(), ulid.Make()), m)
		fields := errs.From(rpc.FromStatus(err)).Fields
		if len(fields) != 1 || fields[0].Name+" "+fields[0].Code != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
