package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestContract_BrokenAnswer_IsFound lets a server answer wrongly: a check that passes
// everything would prove nothing in the other tests.
func TestContract_BrokenAnswer_IsFound(t *testing.T) {
	t.Parallel()
	const (
		ok      = "application/json"
		bad     = "application/problem+json"
		healthy = `{"status": "ok"}`
		gone    = `{"type": "/docs#X", "title": "x", "status": 404, "detail": "x", "code": "X", "request_id": "1"}`
	)
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		kind, answer string
		keeps        bool
	}{
		"kept":                     {"GET", "/healthz", nil, 200, ok, healthy, true},
		"kept by an error":         {"GET", "/nothing", nil, 404, bad, gone, true},
		"a member is missing":      {"GET", "/healthz", nil, 200, ok, `{}`, false},
		"a member of another kind": {"GET", "/healthz", nil, 200, ok, `{"status": 1}`, false},
		"another media type":       {"GET", "/healthz", nil, 200, "text/plain", healthy, false},
		"an unknown status":        {"GET", "/healthz", nil, 203, ok, healthy, false},
		"a header is missing":      {"GET", me, nil, 401, bad, gone, false},
		"an unknown route":         {"GET", "/nothing", nil, 200, ok, healthy, false},
		"an error as JSON":         {"GET", "/nothing", nil, 404, ok, gone, false},
		"a problem without a code": {"GET", "/nothing", nil, 404, bad, `{"title": "x", "status": 404}`, false},
		"a request that is wrong":  {"POST", tasks, fields{"colour": "red"}, 400, bad, gone, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			}))
			t.Cleanup(server.Close)
			s := newSystem(t)
			s.base = server.URL
			_, err := s.nobody().try(t, c.method, c.path, c.body)
			if (err == nil) != c.keeps {
				t.Errorf("the check says %v", err)
			}
		})
	}
}
