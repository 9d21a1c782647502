package gateway_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"todokit/gateway"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

func TestOutage_CopyOfRead_IsSentAndMarked(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	fresh := f.get(f.path)
	if fresh.Header().Get("Age") != "" || fresh.Header().Get("Cache-Status") != "" {
		t.Errorf("a fresh response is marked: %v", fresh.Header())
	}
	page := f.get("/api/v1/tasks?status=todo")
	f.clock.Add(42 * time.Second)
	f.err = errs.ErrUnavailable

	stale := f.get(f.path)
	if !isStale(stale) || stale.Body.String() != fresh.Body.String() || stale.Header().Get("ETag") != fresh.Header().Get("ETag") {
		t.Errorf("%d %v: %s", stale.Code, stale.Header(), stale.Body)
	}
	if h := stale.Header(); h.Get("Age") != "42" || h.Get("Cache-Status") != "todokit; hit; ttl=-42; detail=stale-on-error" || h.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("marked by %v", h)
	}
	if w := f.get("/api/v1/tasks?status=todo"); !isStale(w) || w.Body.String() != page.Body.String() {
		t.Errorf("the page: %d %s", w.Code, w.Body)
	}
	if w := f.get(f.path, "If-None-Match: "+fresh.Header().Get("ETag")); w.Code != 304 || w.Header().Get("Age") != "42" || w.Body.Len() > 0 {
		t.Errorf("the same version: %d %v", w.Code, w.Header())
	}
	if !strings.Contains(f.log.String(), `cache="todokit; hit`) {
		t.Error("the log does not tell")
	}
}

func TestOutage_NoCopy_Unavailable(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.get(f.path)
	eve := f.join(t, "eve")
	f.err = errs.ErrUnavailable
	for name, r := range map[string]req{
		"another request": {method: "GET", path: "/api/v1/tasks", token: f.mei},
		"another query":   {method: "GET", path: "/api/v1/tasks?status=done", token: f.mei},
		"another user":    {method: "GET", path: f.path, token: eve},
	} {
		if w := f.do(t, r); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	if w := f.do(t, req{method: "GET", path: f.path}); w.Code != 401 {
		t.Errorf("without a token: %d", w.Code)
	}
	if w := f.do(t, req{method: "GET", path: "/api/v1/users/me", token: f.mei}); w.Code != 200 || w.Header().Get("Age") != "" {
		t.Errorf("the other service: %d %v", w.Code, w.Header())
	}
}

func TestOutage_CopyOlderThanFiveMinutes_Unavailable(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.get(f.path)
	f.clock.Add(5 * time.Minute)
	if w := f.getInOutage(); !isStale(w) {
		t.Errorf("after 5 minutes: %d", w.Code)
	}
	f.clock.Add(time.Second)
	if w := f.getInOutage(); w.Code != 503 {
		t.Errorf("later: %d", w.Code)
	}
}

func TestOutage_RevokedToken_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.get(f.path)
	claims, err := token.NewVerifier(f.trust, f.clock.Now, nil).Verify(t.Context(), f.mei)
	if err != nil {
		t.Fatal(err)
	}
	f.trust.Apply(2, token.Change{Sequence: 2, Expires: f.clock.Now().Add(time.Hour), Session: claims.SessionID})
	if w := f.getInOutage(); w.Code != 401 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestOutage_OtherErrors_AreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{errs.ErrUnavailable, 200},
		{errs.ErrUnavailable.WithDetail("The task service cannot be reached."), 200},
		{errs.ErrDeadline, 200},
		{errs.ErrOverloaded, 503},
		{errs.ErrOutcomeUnknown, 503},
		{errs.ErrInternal, 500},
		{errs.ErrCancelled, rest.StatusClientGone},
		{task.ErrTaskNotFound, 404},
	} {
		f := newCacheFixture(t)
		f.get(f.path)
		f.err = c.err
		if w := f.get(f.path); w.Code != c.want {
			t.Errorf("%v: %d, want %d", c.err, w.Code, c.want)
		}
	}
}

func TestOutage_NotFoundBefore_Unavailable(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.get(f.path)
	f.err = task.ErrTaskNotFound // another gateway has purged it
	f.get(f.path)
	if w := f.getInOutage(); w.Code != 503 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	f.read = func(old task.Task) task.Task {
		f.err = task.ErrTaskNotFound
		f.get(f.path)
		f.err = nil
		return old
	}
	f.get(f.path)
	if w := f.getInOutage(); w.Code != 503 {
		t.Errorf("a slow read brought it back: %d %s", w.Code, w.Body)
	}
}

func TestOutage_SlowRead_DoesNotReplaceLaterOne(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.read = func(old task.Task) task.Task {
		later := old
		later.Title, later.Version = "Changed elsewhere", old.Version+1
		f.read = func(task.Task) task.Task { return later }
		f.get(f.path)
		return old
	}
	f.get(f.path)
	if w := f.getInOutage(); !isStale(w) || versionOf(w) != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestOutage_Sessions_CopyOfOwnSessionOnly(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	users := &faultySessions{Service: f.users}
	f.users = users
	f.startWith(gateway.Limits{StaleBytes: plenty})
	f.get(f.path)
	first := f.get("/api/v1/sessions")
	f.clock.Add(time.Second) // another moment, another id
	grant := f.want(t, 201, req{method: "POST", path: "/api/v1/sessions", body: credentials})
	users.err = errs.ErrUnavailable
	if w := f.get("/api/v1/sessions"); w.Code != 503 {
		t.Errorf("a session is missing: %d %s", w.Code, w.Body)
	}
	users.err = nil
	f.get("/api/v1/sessions")
	users.err = errs.ErrUnavailable
	if w := f.get("/api/v1/sessions"); !isStale(w) || w.Body.String() == first.Body.String() {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := f.do(t, req{method: "GET", path: "/api/v1/sessions", token: grant["access_token"].(string)}); w.Code != 503 {
		t.Errorf("it is shown as another session sees it: %d %s", w.Code, w.Body)
	}
	if w := f.getInOutage(); !isStale(w) {
		t.Errorf("to sign in made tasks forgotten: %d", w.Code)
	}
}

type faultySessions struct {
	user.Service
	err error
}

func (f *faultySessions) ListSessions(ctx context.Context, c user.Caller) ([]user.Session, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Service.ListSessions(ctx, c)
}
