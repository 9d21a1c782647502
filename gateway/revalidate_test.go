package gateway_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"todokit/pkg/errs"
	"todokit/task"
)

func TestRead_NotModified_SendsCopyAfterOneCall(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	list := "/api/v1/lists/" + f.want(t, 201, req{method: "POST", path: "/api/v1/lists", body: `{"title": "Garden"}`, token: f.mei})["id"].(string)
	for _, path := range []string{f.path, "/api/v1/tasks", "/api/v1/tasks?status=todo", list, "/api/v1/lists", "/api/v1/lists?page_size=1"} {
		f.calls.Store(0)
		f.data.Store(0)
		first := f.get(path)
		if f.calls.Swap(0) != 1 || f.data.Swap(0) != 1 {
			t.Errorf("%s: the first read was not one call that returns data", path)
		}
		again := f.get(path)
		if f.calls.Swap(0) != 1 || f.data.Swap(0) != 0 || again.Code != 200 || again.Body.String() != first.Body.String() {
			t.Errorf("%s: the second read was not one call without data: %d %s", path, again.Code, again.Body)
		}
		if tag := first.Header().Get("ETag"); tag != "" { // a page has none
			if w := f.get(path, "If-None-Match: "+tag); f.calls.Swap(0) != 1 || f.data.Swap(0) != 0 || w.Code != 304 {
				t.Errorf("%s: a read of a known version was not one call without data: %d", path, w.Code)
			}
		}
	}
}

func TestRead_AfterWrite_SendsNewData(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	for _, path := range []string{f.path, "/api/v1/tasks", "/api/v1/tasks?status=todo"} {
		first := f.get(path)
		if status := f.rename(); status != 200 {
			t.Fatalf("renamed: %d", status)
		}
		f.data.Store(0)
		if w := f.get(path); f.data.Swap(0) != 1 || w.Body.String() == first.Body.String() {
			t.Errorf("%s is shown as it was before: %s", path, w.Body)
		}
	}
}

// Another gateway has changed the task: this one has a copy, and hears of the
// change by the revision.
func TestRead_ChangedElsewhere_SendsNewData(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	first := f.get(f.path)
	other := newFixture(t)
	other.users, other.tasks, other.trust = f.users, f.tasks, f.trust
	other.start()
	other.want(t, 200, req{method: "PATCH", path: f.path, body: `{"title": "Changed elsewhere"}`, token: f.mei})
	if w := f.get(f.path); w.Code != 200 || w.Body.String() == first.Body.String() || versionOf(w) != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// confusedTasks says of everything that it is not modified.
type confusedTasks struct{ task.Service }

func (confusedTasks) GetTask(context.Context, task.GetTask) (task.Read[task.Task], error) {
	return task.Read[task.Task]{NotModified: true}, nil
}

func TestRead_NotModifiedWithoutCopy_Internal(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.Service = confusedTasks{f.Service}
	if w := f.get(f.path); w.Code != 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRead_InvalidQuery_CostsNoCall(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	for _, outage := range []error{nil, errs.ErrUnavailable} {
		for _, path := range []string{
			"/api/v1/tasks?page_size=0", "/api/v1/tasks?status=open&due_before=now", "/api/v1/tasks?page_size=1&page_size=2",
			"/api/v1/tasks?order_by=colour", "/api/v1/tasks?order_by=--due", "/api/v1/tasks?page_token=x", "/api/v1/lists?page_token=x",
			"/api/v1/tasks?q=" + strings.Repeat("x", task.MaxQuery+1), "/api/v1/tasks?label=" + strings.Repeat("x", task.MaxLabel+1),
			"/api/v1/tasks?due_before=0001-01-01", "/api/v1/tasks?page_token=" + f.otherToken(),
			"/api/v1/tasks?colour=red", "/api/v1/tasks?list_id=x", "/api/v1/tasks?q=%ff", "/api/v1/lists?page_size=x", f.path + "?fields=id",
		} {
			f.err = outage
			f.calls.Store(0)
			if w := f.get(path); w.Code != 400 || f.calls.Load() != 0 {
				t.Errorf("%s: %d after %d calls, outage: %v", path, w.Code, f.calls.Load(), outage)
			}
		}
	}
}

// otherToken returns the page token of another query.
func (f *cacheFixture) otherToken() string {
	f.t.Helper()
	f.want(f.t, 201, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "another"}`, token: f.mei})
	page := f.want(f.t, 200, req{method: "GET", path: "/api/v1/tasks?page_size=1&order_by=due", token: f.mei})
	return url.QueryEscape(page["next_page_token"].(string))
}
