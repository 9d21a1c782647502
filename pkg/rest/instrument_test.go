package rest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func TestEdge_Request_OneLogLine(t *testing.T) {
	t.Parallel()
	b := newTestEdge()
	r := request(http.MethodPost, "/things/77?token=hush", `{"password":"hush"}`)
	r.Header.Set("Authorization", "Bearer hush")
	r.Header.Set("X-Request-Id", "abc-1")
	w := b.do(func(w http.ResponseWriter, r *http.Request) error {
		rest.SetUser(r.Context(), "u1")
		return ok(w, r)
	}, r)
	const want = `level=info msg=request request_id=abc-1 method=POST route=/things/{id} status=200 duration=0s bytes=2 user=u1` + "\n"
	if b.log.String() != want {
		t.Errorf("log:\n%swant:\n%s", b.log, want)
	}
	if w.Header().Get("X-Request-Id") != "abc-1" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", w.Header())
	}
}

func TestEdge_InternalError_CauseIsLoggedNotShown(t *testing.T) {
	t.Parallel()
	b := newTestEdge()
	w := b.do(func(http.ResponseWriter, *http.Request) error { return errors.New("disk is full") }, request("GET", "/", ""))
	if !strings.Contains(b.log.String(), "disk is full") || !strings.Contains(b.log.String(), "level=error") {
		t.Errorf("log: %s", b.log)
	}
	if strings.Contains(w.Body.String(), "disk") {
		t.Errorf("response: %s", w.Body)
	}
}

// TestEdge_Unavailable_LoggedAsWarning is about an outage, and about the probes of a
// process that starts.
func TestEdge_Unavailable_LoggedAsWarning(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		errs.ErrUnavailable: "level=warn", errs.ErrDeadline: "level=warn",
		errs.ErrInternal: "level=error", errors.New("a defect"): "level=error", errs.ErrForbidden: "level=info",
	} {
		b := newTestEdge()
		b.do(func(http.ResponseWriter, *http.Request) error { return err }, request("GET", "/", ""))
		if !strings.HasPrefix(b.log.String(), want) {
			t.Errorf("%v: %s", err, b.log)
		}
	}
}

func TestEdge_ClientRequestID_IsKeptIfValid(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"":                        "generated",
		"0f1e.A_b-c":              "0f1e.A_b-c",
		"a b":                     "generated",
		"x\nlevel=error":          "generated",
		"日本":                      "generated",
		strings.Repeat("x", 64):   strings.Repeat("x", 64),
		strings.Repeat("x", 65):   "generated",
		"\"; DROP TABLE tasks --": "generated",
	} {
		r := request("GET", "/", "")
		r.Header["X-Request-Id"] = []string{sent}
		if got := newTestEdge().do(ok, r).Header().Get("X-Request-Id"); got != want {
			t.Errorf("%q: responded with %q", sent, got)
		}
	}
}

func TestEdge_Metrics_LabelTemplateAndKnownMethod(t *testing.T) {
	t.Parallel()
	b := newTestEdge()
	route := b.Route("/things/{id}", rest.Methods{"GET": func(http.ResponseWriter, *http.Request) error { return errs.ErrForbidden }})
	for _, method := range []string{"GET", "GET", "BREW", "SPILL"} {
		route.ServeHTTP(httptest.NewRecorder(), request(method, "/things/1", ""))
	}
	const want = `
# HELP todokit_http_requests_total Requests answered, by route template, method and status.
# TYPE todokit_http_requests_total counter
todokit_http_requests_total{method="GET",route="/things/{id}",status="403"} 2
todokit_http_requests_total{method="OTHER",route="/things/{id}",status="405"} 2
# HELP todokit_http_requests_in_flight Requests that are being answered now.
# TYPE todokit_http_requests_in_flight gauge
todokit_http_requests_in_flight 0
`
	err := testutil.GatherAndCompare(b.registry, strings.NewReader(want), "todokit_http_requests_total", "todokit_http_requests_in_flight")
	if err != nil {
		t.Error(err)
	}
	problems, err := testutil.GatherAndLint(b.registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestEdge_Panic_IsLoggedNotShown(t *testing.T) {
	t.Parallel()
	t.Run("before the response", func(t *testing.T) {
		t.Parallel()
		b := newTestEdge()
		w := b.do(func(http.ResponseWriter, *http.Request) error { panic("ouch") }, request("GET", "/", ""))
		if p := problemOf(t, w); p.Code != "INTERNAL" || strings.Contains(w.Body.String(), "ouch") {
			t.Errorf("response: %s", w.Body)
		}
		if !strings.Contains(b.log.String(), "panic=ouch") || !strings.Contains(b.log.String(), "instrument_test.go") {
			t.Errorf("log: %s", b.log)
		}
	})
	t.Run("within the response", func(t *testing.T) {
		t.Parallel()
		b := newTestEdge()
		server := httptest.NewServer(b.Route("/", rest.Methods{"GET": func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic("ouch")
		}}))
		defer server.Close()
		response, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if whole, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("an incomplete response looks complete: %q", whole)
		}
	})
}
