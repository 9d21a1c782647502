package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"todokit/gateway"
)

const page = "https://app.example.com"

func preflight(path, origin, method, headers string) *http.Request {
	r := req{method: http.MethodOptions, path: path}.request()
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", method)
	if headers != "" {
		r.Header.Set("Access-Control-Request-Headers", headers)
	}
	return r
}

func TestCORS_OtherOrigin_NoHeaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, h := range map[string]http.Handler{"off": gateway.CORS(gateway.CORSOptions{}, f), "another origin": gateway.CORS(gateway.CORSOptions{Origins: []string{"https://other.example.com"}}, f)} {
		for _, r := range []*http.Request{
			preflight("/api/v1/tasks", page, "POST", "authorization,content-type"),
			req{method: "GET", path: "/healthz", header: map[string]string{"Origin": page}}.request(),
		} {
			w := serve(h, r)
			for header := range w.Header() {
				if strings.HasPrefix(header, "Access-Control-") {
					t.Errorf("%s: %s has %s", name, r.Method, header)
				}
			}
		}
	}
}

func TestCORS_ConfiguredOrigin_Allowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	h := gateway.CORS(gateway.CORSOptions{Origins: []string{page}}, f)
	accessToken := f.join(t, "mei")

	w := serve(h, preflight("/api/v1/tasks/01KAP3C8N2P4Q6R8S0T2V4W6X8", page, "PATCH", "authorization,content-type,if-match"))
	if got := w.Header(); w.Code != http.StatusNoContent || got.Get("Access-Control-Allow-Origin") != page ||
		got.Get("Access-Control-Allow-Methods") != "PATCH" || got.Get("Access-Control-Allow-Credentials") != "" ||
		!strings.Contains(strings.Join(got.Values("Vary"), ","), "Origin") || got.Get("Allow") == "" {
		t.Errorf("preflight: %d %v", w.Code, got)
	}
	if !strings.Contains(f.log.String(), "method=OPTIONS route=/api/v1/tasks/{id} status=204") {
		t.Error("the preflight was not logged as a request of its route")
	}

	for _, status := range []int{http.StatusOK, http.StatusUnauthorized} { // a page must be able to read problems, too
		a := req{method: "GET", path: "/api/v1/users/me", header: map[string]string{"Origin": page}}
		if status == http.StatusOK {
			a.token = accessToken
		}
		w = serve(h, a.request())
		if got := w.Header(); w.Code != status || got.Get("Access-Control-Allow-Origin") != page || !strings.Contains(got.Get("Access-Control-Expose-Headers"), "X-Request-Id") {
			t.Errorf("%d: %v", w.Code, got)
		}
	}
	for name, r := range map[string]*http.Request{
		"a look-alike":     preflight("/api/v1/tasks", page+".evil.example", "GET", ""),
		"another scheme":   preflight("/api/v1/tasks", "http://app.example.com", "GET", ""),
		"null":             preflight("/api/v1/tasks", "null", "GET", ""),
		"another method":   preflight("/api/v1/tasks", page, "BREW", ""),
		"a strange header": preflight("/api/v1/tasks", page, "GET", "x-forwarded-for"),
	} {
		if got := serve(h, r).Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: allowed %q", name, got)
		}
	}
}

func TestCORS_RequestHeaders_OwnAndConfigured(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		configured []string
		asked      string
		allowed    bool
	}{
		{nil, "accept-language,authorization,content-type,idempotency-key,if-match,if-none-match,x-request-id", true},
		{nil, "traceparent", false},
		{[]string{"traceparent", "tracestate"}, "authorization,traceparent,tracestate", true},
		{[]string{"TraceParent"}, "traceparent", true},
		{[]string{"traceparent"}, "traceparent,x-debug", false},
		{[]string{"traceparent"}, "trace", false},
		{[]string{"*"}, "authorization,x-debug", true},
	} {
		h := gateway.CORS(gateway.CORSOptions{Origins: []string{page}, Headers: tt.configured}, f)
		w := serve(h, preflight("/api/v1/tasks", page, "GET", tt.asked))
		got := w.Header().Get("Access-Control-Allow-Headers")
		if (w.Header().Get("Access-Control-Allow-Origin") == page) != tt.allowed || tt.allowed && got != tt.asked {
			t.Errorf("%v: %s: allowed %q, %v", tt.configured, tt.asked, got, w.Header())
		}
	}
}

func TestCORS_OptionsRequest_IsNoPreflight(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := serve(gateway.CORS(gateway.CORSOptions{Origins: []string{page}}, f), req{method: http.MethodOptions, path: "/api/v1/lists"}.request())
	if got := w.Header().Get("Allow"); w.Code != http.StatusNoContent || got != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("%d, Allow = %q", w.Code, got)
	}
}
