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
	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/gateway/ratelimit"
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

// highLimits are all in use, and refuse nobody.
func highLimits() gateway.Limits {
	rate := ratelimit.Rate{PerSecond: 1e9, Burst: 1 << 40}
	limiter := loadshed.New(loadshed.Options{Name: "tasks", Concurrent: 1 << 20, Registerer: prometheus.NewRegistry()})
	return gateway.Limits{
		Limiters: gateway.Limiters{Tasks: limiter}, User: rate, Address: rate, Timeout: 2 * time.Second, StaleBytes: 64 << 20,
	}
}

// BenchmarkHandler is a request from its header to the end of its response. Of
// the limits (concurrency, rates, deadline, stale cache) "get without limits" has none.
func BenchmarkHandler(b *testing.B) {
	f := newFixture(b)
	raw := f.sign(b, token.Claims{Scopes: token.AllScopes, IssuedAt: morning, Expires: morning.Add(time.Minute)})
	const list = "/api/v1/tasks"
	one := list + "/01M81RJR9AKDHMC55SXT52FH4Y"
	body := `{"title":"Buy milk","content":"Two bottles.","due":"2026-11-24","time_zone":"Asia/Shanghai","labels":["home","shop"],"priority":2}`
	tasks := tasktest.NewReady(morning)
	limited := benchGateway(f, tasks, highLimits())
	tasks.Revision = 1
	unchanged := benchGateway(f, tasks, highLimits())
	bench := func(name string, h http.Handler, status int, r req) {
		r.token = raw
		b.Run(name+"/serial", func(b *testing.B) {
			b.ReportAllocs()
			for c := newClient(r, h, status); b.Loop(); {
				c.send(b)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for c := newClient(r, h, status); pb.Next(); {
					c.send(b)
				}
			})
		})
	}
	bench("get", limited, 200, req{method: "GET", path: one})
	bench("get without limits", benchGateway(f, tasks, gateway.Limits{}), 200, req{method: "GET", path: one})
	tag := serve(limited, req{method: "GET", path: one, token: raw}.request()).Header().Get("ETag")
	bench("not modified", limited, 304, req{method: "GET", path: one, header: map[string]string{"If-None-Match": tag}})
	bench("list", limited, 200, req{method: "GET", path: list + "?page_size=20&status=todo"})
	bench("list unchanged", unchanged, 200, req{method: "GET", path: list + "?page_size=20&status=todo"})
	bench("create", limited, 201, req{method: "POST", path: list, body: body})
	bench("create with key", limited, 201, req{method: "POST", path: list, body: body, header: map[string]string{"Idempotency-Key": "one"}})
	bench("patch", limited, 200, req{method: "PATCH", path: one, body: `{"status":"done"}`, header: map[string]string{"If-Match": `"3"`}})
	bench("refused", limited, 401, req{method: "GET", path: one, header: map[string]string{"Authorization": "Bearer x"}})
}

// benchClient sends the same request again and again, at next to no cost of its own.
type benchClient struct {
	http.Handler
	request *http.Request
	body    *strings.Reader
	text    string
	status  int
	w       discardWriter
}

func newClient(r req, h http.Handler, status int) *benchClient {
	c := &benchClient{Handler: h, request: r.request(), body: strings.NewReader(r.body), text: r.body, status: status, w: discardWriter{header: http.Header{}}}
	if r.body != "" {
		c.request.Body = io.NopCloser(c.body)
	} else {
		c.request.Body = http.NoBody
	}
	return c
}

func (c *benchClient) send(b *testing.B) {
	c.body.Reset(c.text)
	clear(c.w.header)
	c.ServeHTTP(&c.w, c.request)
	if c.w.status != c.status {
		b.Errorf("%d, want %d", c.w.status, c.status)
	}
}

// discardWriter is a response that nobody reads.
type discardWriter struct {
	header http.Header
	status int
}

func (d *discardWriter) Header() http.Header         { return d.header }
func (d *discardWriter) WriteHeader(status int)      { d.status = status }
func (d *discardWriter) Write(b []byte) (int, error) { return len(b), nil }
