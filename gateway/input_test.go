package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"todokit/pkg/errs"
)

func TestRequest_HostileInput_Refused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	long := strings.Repeat("x", 100_000)
	const id = "01KAP3C8N2P4Q6R8S0T2V4W6X8"
	tests := []struct {
		name   string
		status int
		req
	}{
		{"double slash", 404, req{method: "GET", path: "/api/v1//tasks"}},
		{"dots", 404, req{method: "GET", path: "/api/v1/lists/../tasks"}},
		{"encoded NUL", 404, req{method: "GET", path: "/api/v1/tasks/%00"}},
		{"slash behind", 404, req{method: "GET", path: "/api/v1/tasks/" + id + "/"}},
		{"id too short", 404, req{method: "GET", path: "/api/v1/tasks/" + id[1:]}},
		{"id of a forbidden letter", 404, req{method: "GET", path: "/api/v1/tasks/" + id[:25] + "U"}},
		{"id too large", 404, req{method: "GET", path: "/api/v1/tasks/8ZZZZZZZZZZZZZZZZZZZZZZZZZ"}},
		{"endless id", 404, req{method: "GET", path: "/api/v1/tasks/" + long}},
		{"endless parameter", 400, req{method: "GET", path: "/api/v1/tasks?" + long + "=1"}},
		{"endless filter", 400, req{method: "GET", path: "/api/v1/tasks?q=" + long}},
		{"endless page token", 400, req{method: "GET", path: "/api/v1/tasks?page_token=" + long}},
		{"parameter on a route without", 400, req{method: "GET", path: "/api/v1/tasks/" + id + "?fields=id"}},
		{"parameter on a create", 400, req{method: "POST", path: "/api/v1/tasks?dry_run=1", body: `{"title": "x"}`}},
		{"endless title", 400, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "` + long + `"}`}},
		{"endless content", 400, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x", "content": "` + long + `"}`}},
		{"large body", 413, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "` + strings.Repeat(long, 11) + `"}`}},
		{"deep body", 400, req{method: "POST", path: "/api/v1/tasks", body: strings.Repeat(`{"title":`, 50_000)}},
		{"no number", 400, req{method: "PATCH", path: "/api/v1/tasks/" + id, body: `{"position": NaN}`}},
		{"endless If-Match", 404, req{method: "DELETE", path: "/api/v1/tasks/" + id, header: map[string]string{"If-Match": strings.Repeat(`"1",`, 10_000)}}},
		{"endless key", 400, req{method: "POST", path: "/api/v1/lists", body: `{"title": "x"}`, header: map[string]string{"Idempotency-Key": long}}},
		{"empty key", 400, req{method: "POST", path: "/api/v1/lists", body: `{"title": "x"}`, header: map[string]string{"Idempotency-Key": ""}}},
		{"endless language", 404, req{method: "GET", path: "/nothing", header: map[string]string{"Accept-Language": strings.Repeat("zh-", 30_000)}}},
		{"override of the method", 405, req{method: "TRACE", path: "/api/v1/tasks", header: map[string]string{"X-Http-Method-Override": "GET"}}},
		{"endless token", 401, req{method: "GET", path: "/api/v1/tasks", header: map[string]string{"Authorization": "Bearer " + long}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.token = mei
			w := f.do(t, tt.req)
			if w.Code != tt.status {
				t.Errorf("%d, want %d: %.300s", w.Code, tt.status, w.Body)
			}
			if w.Body.Len() > 4096 {
				t.Errorf("the response has %d bytes", w.Body.Len())
			}
		})
	}
}

func TestCreateTask_TooManyLabels_Invalid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	labels := make([]string, 21)
	for i := range labels {
		labels[i] = `"` + string(rune('a'+i)) + `"`
	}
	w := f.do(t, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x", "labels": [` + strings.Join(labels, ",") + `]}`, token: mei})
	if w.Code != 400 || !strings.Contains(w.Body.String(), errs.FieldTooMany) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestResponse_Any_HasSecurityHeaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/api/v1/users/me", "/nothing", "/healthz", "/docs", "/openapi.yaml"} {
		h := f.do(t, req{method: "GET", path: path}).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "base-uri 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestHead_LikeGetWithoutContent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	id := f.want(t, 201, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: mei})["id"].(string)
	for _, path := range []string{"/api/v1/tasks/" + id, "/api/v1/tasks", "/docs", "/openapi.yaml", "/healthz"} {
		get := f.do(t, req{method: "GET", path: path, token: mei})
		head := f.do(t, req{method: http.MethodHead, path: path, token: mei})
		if head.Code != get.Code || head.Header().Get("Etag") != get.Header().Get("Etag") ||
			head.Header().Get("Content-Length") != get.Header().Get("Content-Length") {
			t.Errorf("%s: HEAD %d %v, GET %d %v", path, head.Code, head.Header(), get.Code, get.Header())
		}
	}
}

func TestDocuments_KnownTag_NotModified(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for path, media := range map[string]string{"/docs": "text/html; charset=utf-8", "/openapi.yaml": "application/yaml"} {
		first := f.do(t, req{method: "GET", path: path})
		if first.Code != 200 || first.Header().Get("Content-Type") != media || first.Body.Len() < 10_000 {
			t.Fatalf("%s: %d %v", path, first.Code, first.Header())
		}
		again := f.do(t, req{method: "GET", path: path, header: map[string]string{"If-None-Match": `"x", W/` + first.Header().Get("Etag")}})
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d", path, again.Code)
		}
	}
}
