package tasktransport_test

import (
	"errors"
	"slices"
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
			for _, raw := range []string{"", "no token", v.Owner.String() + " tasks:write account"} {
				found, err := svc.Peek(token.WithBearer(t.Context(), raw), task.Peek{Owner: v.Owner, Task: v.ID})
				if !errors.Is(err, errs.ErrUnauthenticated) {
					t.Errorf("%q: %+v, %v", raw, found, err)
				}
			}
		})
	}
	all.Wait()
}

func TestManyLargeTasksDoNotMakeAMessageTooLong(t *testing.T) {
	t.Parallel()
	conn := connect(t, task.NewService(tasktest.NewStore(), task.Options{}))
	svc, owner := tasktransport.NewClient(conn), ulid.Make()
	large, err := svc.CreateTask(as(t.Context(), owner), task.CreateTask{
		Task: task.Task{ID: ulid.Make(), Title: "large", Content: strings.Repeat("x", task.MaxContent)},
	})
	if err != nil {
		t.Fatal(err)
	}
	item := &taskv1.PeekRequest_Item{AccessToken: owner.String(), TaskId: large.ID.Bytes()}
	answer, err := taskv1.NewTaskServiceClient(conn).Peek(t.Context(), &taskv1.PeekRequest{Items: slices.Repeat([]*taskv1.PeekRequest_Item{item}, 64)})
	if err != nil {
		t.Fatal(err)
	}
	with := 0
	for _, item := range answer.GetItems() {
		if len(item.GetRevision()) == 0 {
			t.Fatal("a revision is missing")
		}
		if item.GetTask() != nil {
			with++
		}
	}
	if want := task.MaxPageContent / (task.MaxContent + len("large")); with != want {
		t.Errorf("%d tasks came along, want %d", with, want)
	}
}

func TestBadPeeksNameTheField(t *testing.T) {
	t.Parallel()
	c := taskv1.NewTaskServiceClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{})))
	me := ulid.Make().String()
	for name, items := range map[string][]*taskv1.PeekRequest_Item{
		"items TOO_MANY":     make([]*taskv1.PeekRequest_Item, 65),
		"task_id BAD_FORMAT": {{AccessToken: me, TaskId: []byte("x")}},
		"known BAD_FORMAT":   {{AccessToken: me, Known: []byte("x")}},
	} {
		_, err := c.Peek(t.Context(), &taskv1.PeekRequest{Items: items})
		fields := errs.From(rpc.FromStatus(err)).Fields
		if len(fields) != 1 || fields[0].Name+" "+fields[0].Code != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
