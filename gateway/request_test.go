package gateway_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
)

func TestRequest_OfAnotherUser_NotFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, eve := f.join(t, "mei"), f.join(t, "eve")
	id := f.want(t, 201, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "Mine"}`, token: mei})["id"].(string)
	list := f.want(t, 201, req{method: "POST", path: "/api/v1/lists", body: `{"title": "Mine"}`, token: mei})["id"].(string)
	for _, a := range []req{
		{method: "GET", path: "/api/v1/tasks/" + id},
		{method: "PATCH", path: "/api/v1/tasks/" + id, body: `{"title": "Hers"}`},
		{method: "PATCH", path: "/api/v1/tasks/" + id, body: `{"title": "Hers"}`, header: map[string]string{"If-Match": `"1", "2"`}},
		{method: "DELETE", path: "/api/v1/tasks/" + id},
		{method: "DELETE", path: "/api/v1/tasks/" + id + "?purge=true"},
		{method: "POST", path: "/api/v1/tasks/" + id + "/restore"},
		{method: "GET", path: "/api/v1/lists/" + list},
		{method: "PATCH", path: "/api/v1/lists/" + list, body: `{"title": "Hers"}`},
		{method: "DELETE", path: "/api/v1/lists/" + list},
		{method: "POST", path: "/api/v1/tasks", body: `{"title": "Hers", "list_id": "` + list + `"}`},
	} {
		a.token = eve
		if w := f.do(t, a); w.Code != http.StatusNotFound {
			t.Errorf("%s %s: %d", a.method, a.path, w.Code)
		}
	}
	if page := f.want(t, 200, req{method: "GET", path: "/api/v1/tasks", token: eve}); len(page["tasks"].([]any)) != 0 {
		t.Errorf("she sees %v", page)
	}
	if mine := f.want(t, 200, req{method: "GET", path: "/api/v1/tasks/" + id, token: mei}); mine["title"] != "Mine" || mine["version"] != 1.0 {
		t.Errorf("it became %v", mine)
	}
}

// recordingTasks is a task service that notes what reaches it.
type recordingTasks struct {
	task.Service
	ctx     context.Context //nolint:containedctx // it is what the test looks at
	created task.CreateTask
	updated task.UpdateTask
}

func (s *recordingTasks) CreateTask(ctx context.Context, r task.CreateTask) (task.Task, error) {
	s.ctx, s.created = ctx, r
	return s.Service.CreateTask(ctx, r)
}

func (s *recordingTasks) UpdateTask(ctx context.Context, r task.UpdateTask) (task.Task, error) {
	s.updated = r
	return s.Service.UpdateTask(ctx, r)
}

func TestRequest_Calls_CarryIDsTokenAndVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	me := f.want(t, 200, req{method: "GET", path: "/api/v1/users/me", token: mei})["id"].(string)
	recorded := &recordingTasks{Service: f.tasks}
	f.tasks = recorded
	f.start()
	id := f.want(t, 201, req{
		method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: mei,
		header: map[string]string{"X-Request-Id": "r-1", "Idempotency-Key": "k"},
	})["id"].(string)
	if token.Bearer(recorded.ctx) != mei || rpc.RequestID(recorded.ctx) != "r-1" {
		t.Errorf("the context carries %q and %q", token.Bearer(recorded.ctx), rpc.RequestID(recorded.ctx))
	}
	if got := recorded.created; got.Owner.String() != me || got.ID.String() != id || got.Idempotency.Key != "tasks:k" {
		t.Errorf("recorded %+v", got)
	}
	if made := recorded.created.ID.Timestamp(); made.UnixMilli() != morning.UnixMilli() {
		t.Errorf("made at %v", made)
	}
	seen := map[ulid.ULID]bool{}
	for _, c := range []struct {
		match string
		want  int64
	}{{`"1"`, 1}, {`*`, 0}, {`"5", W/"9"`, 5}, {`"9", "7"`, 7}} {
		f.want(t, 200, req{method: "PATCH", path: "/api/v1/tasks/" + id, body: `{"title": "y"}`, token: mei, header: map[string]string{"If-Match": c.match}})
		if recorded.updated.IfVersion != c.want || seen[recorded.updated.Mutation.ID] || recorded.updated.Mutation.ID.IsZero() {
			t.Errorf("If-Match: %s: recorded %+v", c.match, recorded.updated)
		}
		seen[recorded.updated.Mutation.ID] = true
		f.want(t, 200, req{method: "PATCH", path: "/api/v1/tasks/" + id, body: `{"title": "z"}`, token: mei})
	}
}

func TestRequest_IDs_AreUnique(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	const callers, each = 8, 25
	ids := make(chan string)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				w := serve(f, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: mei}.request())
				ids <- w.Header().Get("Location")
				ids <- w.Header().Get("X-Request-Id")
			}
		})
	}
	go func() {
		all.Wait()
		close(ids)
	}()
	seen := map[string]bool{}
	for id := range ids {
		if id == "" || seen[id] {
			t.Errorf("%q was given twice", id)
		}
		seen[id] = true
	}
}

func TestLog_NamesUserAndNoSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	me := f.want(t, 200, req{method: "GET", path: "/api/v1/users/me", token: mei})["id"].(string)
	f.do(t, req{method: "GET", path: "/api/v1/tasks?q=hush", token: mei})
	for _, secret := range []string{"hush", "correct horse", mei, "Bearer"} {
		if strings.Contains(f.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, want := range []string{"route=/api/v1/tasks status=200", "user=" + me, "route=/api/v1/sessions status=201"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, f.log)
		}
	}
}

func TestRequest_NoKeysYet_Unavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	f.trust = token.NewTrust(f.clock.Now) // nothing known yet
	f.start()
	w := f.do(t, req{method: "GET", path: "/api/v1/tasks", token: mei})
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After = %q", w.Code, w.Header().Get("Retry-After"))
	}
}
