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
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
)

// benchGateway is a gateway as it runs, but for the services behind it.
func benchGateway(f *fixture, tasks task.Service, limits gateway.Limits) http.Handler {
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(io.Discard)), level.AllowInfo())
	return rest.Proxies(nil).Handler(gateway.New(gateway.Options{
		Users: f.users, Tasks: tasks,
		Verifier:   token.NewVerifier(f.trust, f.clock.Now, nil),
		Keys:       f.trust.Keys,
		Ready:      func(context.Context) bool { return true },
		Logger:     log.With(logger, "ts", log.DefaultTimestampUTC),
		Registerer: prometheus.NewRegistry(),
		Now:        f.clock.Now,
		Entropy:    rand.Reader,
		Limits:     limits,
	}))
}

// generous limits take part in everything, and turn nobody away.
func generous() gateway.Limits {
	rate := gateway.Rate{PerSecond: 1e9, Burst: 1 << 40}
	gate := loadshed.New(loadshed.Options{Name: "tasks", Concurrent: 1 << 20, Registerer: prometheus.NewRegistry()})
	return gateway.Limits{
		Gates: gateway.Gates{Tasks: gate}, User: rate, Address: rate, Timeout: 2 * time.Second, StaleBytes: 64 << 20,
	}
}

// BenchmarkHandler is a request from its header to the end of its answer. Of
// the limits (gate, rates, deadline, kept answers) "get without limits" has none.
func BenchmarkHandler(b *testing.B) {
	w := newFixture(b)
	raw := f.sign(b, token.Claims{Scopes: token.AllScopes, IssuedAt: morning, Expires: morning.Add(time.Minute)})
	const list = "/api/v1/tasks"
	one := list + "/01M81RJR9AKDHMC55SXT52FH4Y"
	body := `{"title":"Buy milk","content":"Two bottles.","due":"2026-11-24","time_zone":"Asia/Shanghai","labels":["home","shop"],"priority":2}`
	tasks := tasktest.NewReady(morning)
	limited := benchGateway(w, tasks, generous())
	tasks.Revision = ulid.Make()
	unchanged := benchGateway(w, tasks, generous())
	bench := func(name string, h http.Handler, status int, r req) {
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
	bench("get", limited, 200, req{method: "GET", path: one})
	bench("get without limits", benchGateway(w, tasks, gateway.Limits{}), 200, req{method: "GET", path: one})
	bench("not modified", limited, 304, req{method: "GET", path: one, header: map[string]string{"If-None-Match": `"3"`}})
	bench("list", limited, 200, req{method: "GET", path: list + "?page_size=20&status=todo"})
	bench("list unchanged", unchanged, 200, req{method: "GET", path: list + "?page_size=20&status=todo"})
	bench("create", limited, 201, req{method: "POST", path: list, body: body})
	bench("create with key", limited, 201, req{method: "POST", path: list, body: body, header: map[string]string{"Idempotency-Key": "one"}})
	bench("patch", limited, 200, req{method: "PATCH", path: one, body: `{"status":"done"}`, header: map[string]string{"If-Match": `"3"`}})
	bench("refused", limited, 401, req{method: "GET", path: one, header: map[string]string{"Authorization": "Bearer x"}})
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

func newClient(r req, h http.Handler, status int) *benchClient {
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
