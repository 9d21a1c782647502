package gateway_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"todokit/gateway"
	"todokit/pkg/errs"
	"todokit/task"
)

// faultyTasks is a task service that can fail, counts the reads that it answers
// with data, and lets a test do something in the midst of a call.
type faultyTasks struct {
	task.Service
	err    error // of every call
	calls  atomic.Int64
	data   atomic.Int64              // replies with data: what was read, and not only found unmodified
	read   func(task.Task) task.Task // after a task was read, before the reply
	update func()                    // before a task is changed
}

func (f *faultyTasks) GetTask(ctx context.Context, in task.GetTask) (task.Read[task.Task], error) {
	found, err := count(f, func() (task.Read[task.Task], error) { return f.Service.GetTask(ctx, in) })
	if do := f.read; do != nil && !found.NotModified && err == nil {
		f.read = nil
		found.Value = do(found.Value)
	}
	return found, err
}

func (f *faultyTasks) ListTasks(ctx context.Context, in task.ListTasks) (task.Read[task.TaskPage], error) {
	return count(f, func() (task.Read[task.TaskPage], error) { return f.Service.ListTasks(ctx, in) })
}

func (f *faultyTasks) GetList(ctx context.Context, in task.GetList) (task.Read[task.List], error) {
	return count(f, func() (task.Read[task.List], error) { return f.Service.GetList(ctx, in) })
}

func (f *faultyTasks) ListLists(ctx context.Context, in task.ListLists) (task.Read[task.ListPage], error) {
	return count(f, func() (task.Read[task.ListPage], error) { return f.Service.ListLists(ctx, in) })
}

func count[T any](f *faultyTasks, read func() (task.Read[T], error)) (task.Read[T], error) {
	f.calls.Add(1)
	if f.err != nil {
		return task.Read[T]{}, f.err
	}
	found, err := read()
	if err == nil && !found.NotModified {
		f.data.Add(1)
	}
	return found, err
}

func (f *faultyTasks) UpdateTask(ctx context.Context, in task.UpdateTask) (task.Task, error) {
	if f.err != nil {
		return task.Task{}, f.err
	}
	if do := f.update; do != nil {
		do()
	}
	return f.Service.UpdateTask(ctx, in)
}

// cacheFixture is a user with a task, and a gateway that keeps copies of
// responses, before a task service that can fail.
type cacheFixture struct {
	*fixture
	*faultyTasks
	t    *testing.T
	mei  string // an access token
	path string // of the task
}

// plenty is room for all that a test reads, in bytes.
const plenty = 1 << 20

func newCacheFixture(t *testing.T) *cacheFixture {
	t.Helper()
	f := &cacheFixture{fixture: newFixture(t), t: t}
	f.faultyTasks = &faultyTasks{Service: f.tasks}
	f.tasks = f.faultyTasks
	f.startWith(gateway.Limits{StaleBytes: plenty})
	f.mei = f.join(t, "mei")
	f.path = f.createTask(`{"title": "Water the tomatoes"}`)
	return f
}

func (f *cacheFixture) createTask(body string) (path string) {
	f.t.Helper()
	id := f.want(f.t, 201, req{method: "POST", path: "/api/v1/tasks", body: body, token: f.mei})["id"].(string)
	return "/api/v1/tasks/" + id
}

func (f *cacheFixture) get(path string, header ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := req{method: "GET", path: path, token: f.mei, header: map[string]string{}}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.header[name] = value
	}
	return f.do(f.t, r)
}

func (f *cacheFixture) rename() int {
	f.t.Helper()
	return f.do(f.t, req{method: "PATCH", path: f.path, body: `{"title": "Water the tomatoes well"}`, token: f.mei}).Code
}

// getInOutage gets the task while the task service is out of reach.
func (f *cacheFixture) getInOutage() *httptest.ResponseRecorder {
	f.t.Helper()
	f.err = errs.ErrUnavailable
	defer func() { f.err = nil }()
	return f.get(f.path)
}

func isStale(w *httptest.ResponseRecorder) bool {
	return w.Code == 200 && w.Header().Get("Age") != "" && strings.HasPrefix(w.Header().Get("Cache-Status"), "todokit; hit")
}
