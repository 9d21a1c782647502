package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/text/language"

	"todokit/pkg/rest"
)

// testEdge is an Edge with a log that can be read, and a clock that stands still.
type testEdge struct {
	*rest.Edge
	registry *prometheus.Registry
	log      *bytes.Buffer
}

func newTestEdge() *testEdge {
	b := &testEdge{registry: prometheus.NewRegistry(), log: &bytes.Buffer{}}
	b.Edge = rest.New(rest.Options{
		Logger:     log.NewSyncLogger(log.NewLogfmtLogger(b.log)),
		Registerer: b.registry,
		Now:        func() time.Time { return time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) },
		NewID:      func() string { return "generated" },
		Challenge:  `Bearer realm="test"`,
		Docs:       "/docs",
		Translations: []rest.Translation{{
			Tag:    language.Chinese,
			Titles: map[string]string{"INVALID_ARGUMENT": "无效"},
			Fields: map[string]string{"TOO_LONG": "最多 %s 个", "REQUIRED": "必填"},
			Arg:    func(s string) string { return "«" + s + "»" },
		}},
	})
	return b
}

// do handles one request with one handler.
func (b *testEdge) do(h rest.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.Route("/things/{id}", rest.Methods{r.Method: h}).ServeHTTP(w, r)
	return w
}

func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) rest.Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("Content-Type = %q, body %s", got, w.Body)
	}
	var p rest.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("problem %s: %v", w.Body, err)
	}
	if p.Status != w.Code {
		t.Fatalf("problem says %d, the status is %d", p.Status, w.Code)
	}
	return p
}

func ok(w http.ResponseWriter, _ *http.Request) error {
	_, err := io.WriteString(w, "ok")
	return err
}
