package taskendpoint_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/errs"
	"todokit/task"
	"todokit/task/taskendpoint"
	"todokit/task/tasktest"
)

func plain(string) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint { return next }
}

func TestService(t *testing.T) {
	t.Parallel()
	tasktest.TestService(t, func(_ *testing.T, o task.Options) tasktest.Subject {
		return tasktest.Subject{Service: taskendpoint.New(task.NewService(tasktest.NewStore(), o), plain)}
	})
}

func TestSet_EachMethod_PassesItsMiddleware(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var called []string
	set := taskendpoint.New(task.NewService(tasktest.NewStore(), task.Options{}), func(method string) endpoint.Middleware {
		return func(endpoint.Endpoint) endpoint.Endpoint {
			return func(context.Context, any) (any, error) {
				mu.Lock()
				defer mu.Unlock()
				called = append(called, method)
				return nil, errs.ErrForbidden
			}
		}
	})
	ctx := t.Context()
	_, err1 := set.CreateList(ctx, task.CreateList{})
	_, err2 := set.GetList(ctx, task.GetList{})
	_, err3 := set.ListLists(ctx, task.ListLists{})
	_, err4 := set.UpdateList(ctx, task.UpdateList{})
	_, err5 := set.DeleteList(ctx, task.DeleteList{})
	_, err6 := set.CreateTask(ctx, task.CreateTask{})
	_, err7 := set.GetTask(ctx, task.GetTask{})
	_, err8 := set.ListTasks(ctx, task.ListTasks{})
	_, err9 := set.UpdateTask(ctx, task.UpdateTask{})
	_, err10 := set.DeleteTask(ctx, task.DeleteTask{})
	_, err11 := set.RestoreTask(ctx, task.RestoreTask{})
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11} {
		if errs.KindOf(err) != errs.PermissionDenied {
			t.Errorf("method %d: %v", i+1, err)
		}
	}
	want := []string{
		"CreateList", "GetList", "ListLists", "UpdateList", "DeleteList",
		"CreateTask", "GetTask", "ListTasks", "UpdateTask", "DeleteTask", "RestoreTask",
	}
	if !slices.Equal(called, want) {
		t.Errorf("called %v, want %v", called, want)
	}
}
