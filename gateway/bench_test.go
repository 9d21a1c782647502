package gateway_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/pkg/admission"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
)

// readyTasks is a task service that has its answers at once.
type readyTasks struct {
	task.Service
	page task.Page
}

func (s readyTasks) GetTask(context.Context, task.Ref) (task.Task, error) {
	return s.page.Tasks[0], nil
}

// Peek finds another revision each time, so that everything is asked for.
func (s readyTasks) Peek(context.Context, task.Peek) (task.Peeked, error) {
	return task.Peeked{Revision: ulid.Make()}, nil
}

func (s readyTasks) ListTasks(context.Context, task.Query) (task.Page, error) { return s.page, nil }

func (s readyTasks) CreateTask(_ context.Context, r task.CreateTask) (task.Task, error) {
	return r.Task, nil
}

func (s readyTasks) UpdateTask(context.Context, task.UpdateTask) (task.Task, error) {
	return s.page.Tasks[0], nil
}

func newReadyTasks(now time.Time) readyTasks {
	s := readyTasks{page: task.Page{Next: "eyJ2IjoxLCJxIjoiMTIzNDU2Nzg5MDEyIiwiaSI6IjAxTTgxUkpSOUFLREhNQzU1U1hUNTJGSDRZIn0"}}
	owner := ulid.Make()
	for range 20 {
		s.page.Tasks = append(s.page.Tasks, task.Task{
			Owner: owner, ID: ulid.Make(), ListID: owner, Title: "Water the tomatoes", Content: "Not at noon, and not from above.",
			Status: task.Todo, Priority: 2, Due: &task.When{Date: "2026-11-24", Instant: now}, TimeZone: "Asia/Shanghai",
			Labels: []string{"garden", "home"}, Position: 1795355664682, CreateTime: now, UpdateTime: now, Version: 3, Mutation: ulid.Make(),
		})
	}
	return s
}

// benchGateway is a gateway as it runs, but for the services behind it.
func benchGateway(w *world, limits gateway.Limits) http.Handler {
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(io.Discard)), level.AllowInfo())
	return rest.Proxies(nil).Handler(gateway.New(gateway.Options{
		Users: w.users, Tasks: newReadyTasks(morning),
		Verifier:   token.NewVerifier(w.trust, w.clock.Now, nil),
		Keys:       w.trust.Keys,
		Ready:      func(context.Context) bool { return true },
		Logger:     log.With(logger, "ts", log.DefaultTimestampUTC),
		Registerer: prometheus.NewRegistry(),
		Now:        w.clock.Now,
		Entropy:    rand.Reader,
		Limits:     limits,
	}))
}

// generous limits take part in everything, and turn nobody away.
func generous() gateway.Limits {
	rate := gateway.Rate{PerSecond: 1e9, Burst: 1 << 40}
	gate := admission.New(admission.Options{Name: "tasks", Concurrent: 1 << 20, Registerer: prometheus.NewRegistry()})
	return gateway.Limits{
		Gates: gateway.Gates{Tasks: gate}, User: rate, Address: rate, Timeout: 2 * time.Second, StaleBytes: 64 << 20,
	}
}

// BenchmarkHandler is a request from its header to the end of its answer. Of
// the limits (gate, rates, deadline, kept answers) "get without limits" has none.
func BenchmarkHandler(b *testing.B) {
	w := newWorld(b)
	raw := w.sign(b, token.Claims{Scopes: token.AllScopes, IssuedAt: morning, Expires: morning.Add(time.Minute)})
	const tasks = "/api/v1/tasks"
	one := tasks + "/01M81RJR9AKDHMC55SXT52FH4Y"
	body := `{"title":"Buy milk","content":"Two bottles.","due":"2026-11-24","time_zone":"Asia/Shanghai","labels":["home","shop"],"priority":2}`
	limited := benchGateway(w, generous())
	bench := func(name string, h http.Handler, status int, a ask) {
		a.token = raw
		b.Run(name+"/serial", func(b *testing.B) {
			b.ReportAllocs()
			for c := newClient(a, h, status); b.Loop(); {
				c.ask(b)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for c := newClient(a, h, status); pb.Next(); {
					c.ask(b)
				}
			})
		})
	}
	bench("get", limited, 200, ask{method: "GET", path: one})
	bench("get without limits", benchGateway(w, gateway.Limits{}), 200, ask{method: "GET", path: one})
	bench("not modified", limited, 304, ask{method: "GET", path: one, header: map[string]string{"If-None-Match": `"3"`}})
	bench("list", limited, 200, ask{method: "GET", path: tasks + "?page_size=20&status=todo"})
	bench("create", limited, 201, ask{method: "POST", path: tasks, body: body})
	bench("create with key", limited, 201, ask{method: "POST", path: tasks, body: body, header: map[string]string{"Idempotency-Key": "one"}})
	bench("patch", limited, 200, ask{method: "PATCH", path: one, body: `{"status":"done"}`, header: map[string]string{"If-Match": `"3"`}})
	bench("refused", limited, 401, ask{method: "GET", path: one, header: map[string]string{"Authorization": "Bearer x"}})
}

// benchClient asks the same again and again, at next to no cost of its own.
type benchClient struct {
	http.Handler
	request *http.Request
	body    *strings.Reader
	text    string
	status  int
	answer  nowhere
}

func newClient(a ask, h http.Handler, status int) *benchClient {
	c := &benchClient{Handler: h, request: a.request(), body: strings.NewReader(a.body), text: a.body, status: status, answer: nowhere{header: http.Header{}}}
	if a.body != "" {
		c.request.Body = io.NopCloser(c.body)
	} else {
		c.request.Body = http.NoBody
	}
	return c
}

func (c *benchClient) ask(b *testing.B) {
	c.body.Reset(c.text)
	clear(c.answer.header)
	c.ServeHTTP(&c.answer, c.request)
	if c.answer.status != c.status {
		b.Errorf("%d, want %d", c.answer.status, c.status)
	}
}

// nowhere is an answer that nobody reads.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(status int)      { n.status = status }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
