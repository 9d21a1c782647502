package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func TestStatus_EveryKind_HasOne(t *testing.T) {
	t.Parallel()
	seen := map[int]errs.Kind{}
	for _, k := range errs.Kinds() {
		status := rest.Status(k)
		if status < 400 || status > 599 {
			t.Errorf("kind %v has status %d", k, status)
		}
		if other, taken := seen[status]; taken {
			t.Errorf("kinds %v and %v share status %d", k, other, status)
		}
		seen[status] = k
	}
}

func TestEdge_Error_IsAProblem(t *testing.T) {
	t.Parallel()
	failure := errs.ErrInvalid.WithDetail("Two things.").
		WithFields(errs.Invalid("title", errs.FieldTooLong, 500), errs.Invalid("x", errs.FieldRequired)).
		Wrap(errors.New("inner secret"))
	tests := []struct{ name, accept, title, first, language string }{
		{"English by default", "", "The request has invalid fields.", "must have at most 500 characters", "en"},
		{"Chinese", "fr;q=0.9, zh-CN, en;q=0.3", "无效", "最多 «500» 个", "zh"},
		{"neither is understood", "fr", "The request has invalid fields.", "must have at most 500 characters", "en"},
		{"nonsense", "\x01;;q=", "The request has invalid fields.", "must have at most 500 characters", "en"},
		{"endless", strings.Repeat("zh-", 1000), "The request has invalid fields.", "must have at most 500 characters", "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newTestEdge()
			r := request(http.MethodGet, "/", "")
			r.Header.Set("Accept-Language", tt.accept)
			w := b.do(func(http.ResponseWriter, *http.Request) error { return failure }, r)
			p := problemOf(t, w)
			if p.Title != tt.title || p.Errors[0].Message != tt.first || w.Header().Get("Content-Language") != tt.language {
				t.Errorf("got %+v in %q", p, w.Header().Get("Content-Language"))
			}
			if p.Type != "/docs#INVALID_ARGUMENT" || p.RequestID != "generated" || p.Detail != "Two things." || len(p.Errors) != 2 {
				t.Errorf("got %+v", p)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Error("the cause was shown")
			}
			if w.Header().Get("Vary") != "Accept-Language" {
				t.Errorf("Vary = %q", w.Header().Get("Vary"))
			}
		})
	}
}

func TestEdge_Error_SetsHeaders(t *testing.T) {
	t.Parallel()
	late := errs.New(errs.ResourceExhausted, "RATE", "Slow down.").WithRetryAfter(1200 * time.Millisecond)
	tests := []struct {
		name          string
		err           error
		authorization string
		status        int
		header, want  string
	}{
		{"no token", errs.ErrUnauthenticated, "", 401, "WWW-Authenticate", `Bearer realm="test"`},
		{"bad token", errs.ErrUnauthenticated, "Bearer x", 401, "WWW-Authenticate", `Bearer realm="test", error="invalid_token"`},
		{"unavailable", errs.ErrUnavailable, "", 503, "Retry-After", "1"},
		{"rounded up", late, "", 429, "Retry-After", "2"},
		{"unknown error", errors.New("boom"), "", 500, "Retry-After", ""},
		{"deadline", context.DeadlineExceeded, "", 504, "Retry-After", ""},
		{"client gone", context.Canceled, "", 499, "Retry-After", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(http.MethodGet, "/", "")
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			w := newTestEdge().do(func(http.ResponseWriter, *http.Request) error { return tt.err }, r)
			if w.Code != tt.status || w.Header().Get(tt.header) != tt.want {
				t.Errorf("got %d, %s = %q", w.Code, tt.header, w.Header().Get(tt.header))
			}
		})
	}
}

func TestMethods_EachMethod_IsHandledOrRefused(t *testing.T) {
	t.Parallel()
	b := newTestEdge()
	route := b.Route("/things", rest.Methods{http.MethodGet: ok, http.MethodPost: ok})
	tests := []struct {
		method, allow string
		status        int
	}{
		{"GET", "", 200},
		{"HEAD", "", 200},
		{"POST", "", 200},
		{"OPTIONS", "GET, HEAD, OPTIONS, POST", 204},
		{"DELETE", "GET, HEAD, OPTIONS, POST", 405},
		{"BREW", "GET, HEAD, OPTIONS, POST", 405},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		route.ServeHTTP(w, request(tt.method, "/things", ""))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s: got %d, Allow = %q", tt.method, w.Code, w.Header().Get("Allow"))
		}
	}
	w := httptest.NewRecorder()
	b.NotFound().ServeHTTP(w, request("GET", "/nothing", ""))
	if p := problemOf(t, w); p.Status != 404 || p.Code != "ROUTE_NOT_FOUND" {
		t.Errorf("got %+v", p)
	}
}
