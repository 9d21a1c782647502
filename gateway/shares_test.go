package gateway_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
	"todokit/task"
)

// heldTasks holds searches, and reads of one task, until the test lets them go.
type heldTasks struct {
	task.Service

	begun, release chan struct{}
}

func (h heldTasks) hold() {
	h.begun <- struct{}{}
	<-h.release
}

func (h heldTasks) ListTasks(ctx context.Context, r task.ListTasks) (task.Read[task.TaskPage], error) {
	if r.Text != "" {
		h.hold()
	}
	return h.Service.ListTasks(ctx, r)
}

func (h heldTasks) GetTask(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	h.hold()
	return h.Service.GetTask(ctx, r)
}

// newHeldFixture starts a gateway with 8 places, of which a user may have 2, and
// as many for scans.
func newHeldFixture(t *testing.T) (*fixture, heldTasks) {
	t.Helper()
	f := newFixture(t)
	h := heldTasks{f.tasks, make(chan struct{}), make(chan struct{})}
	f.tasks = h
	reg := prometheus.NewRegistry()
	limiter := func(name string) *loadshed.Limiter {
		return loadshed.New(loadshed.Options{Name: name, Concurrent: 8, Share: 2, Registerer: reg})
	}
	f.startWith(gateway.Limits{Limiters: gateway.Limiters{Tasks: limiter("tasks"), Scans: limiter("scans")}})
	return f, h
}

func TestLimiters_OneUserWithItsShare_429ForThatUserOnly(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"searches": "/api/v1/tasks?q=x", "reads": "/api/v1/tasks/01KAGNMQDG0000000000000000"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, h := newHeldFixture(t)
			greedy, modest := f.join(t, "greedy"), f.join(t, "modest")
			var held sync.WaitGroup
			hold := func(token string) {
				held.Go(func() { f.do(t, req{method: "GET", path: path, token: token}) })
				<-h.begun
			}
			hold(greedy)
			hold(greedy)
			for range 3 {
				if w := f.do(t, req{method: "GET", path: path, token: greedy}); !tooManyAtOnce(t, w) {
					t.Errorf("one more of the greedy one: %d %s", w.Code, w.Body)
				}
			}
			hold(modest)
			if w := f.do(t, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: modest}); w.Code != 201 {
				t.Errorf("a write of another user: %d %s", w.Code, w.Body)
			}
			close(h.release)
			held.Wait()
		})
	}
}

// A user whose searches take all that it may have goes on with everything else.
func TestScans_InWork_CheapRequestsDoNotWait(t *testing.T) {
	t.Parallel()
	f, h := newHeldFixture(t)
	mei := f.join(t, "mei")
	var held sync.WaitGroup
	for _, path := range []string{"/api/v1/tasks?q=x", "/api/v1/tasks?q=y&order_by=title"} {
		held.Go(func() { f.do(t, req{method: "GET", path: path, token: mei}) })
		<-h.begun
	}
	for _, path := range []string{"/api/v1/tasks?status=todo", "/api/v1/tasks?order_by=title", "/api/v1/tasks?label=x"} {
		if w := f.do(t, req{method: "GET", path: path, token: mei}); !tooManyAtOnce(t, w) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, cheap := range []req{
		{method: "GET", path: "/api/v1/tasks", token: mei},
		{method: "GET", path: "/api/v1/tasks?order_by=-due", token: mei},
		{method: "GET", path: "/api/v1/lists", token: mei},
		{method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: mei},
	} {
		if w := f.do(t, cheap); w.Code >= 400 {
			t.Errorf("%s %s: %d %s", cheap.method, cheap.path, w.Code, w.Body)
		}
	}
	close(h.release)
	held.Wait()
}

func tooManyAtOnce(t *testing.T, w *httptest.ResponseRecorder) bool {
	t.Helper()
	return w.Code == 429 && w.Header().Get("Retry-After") != "" && decode[rest.Problem](t, w).Code == "TOO_MANY_AT_ONCE"
}
