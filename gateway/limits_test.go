package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/gateway/ratelimit"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
)

// checkRateLimited checks a response to a client that asks too often.
func checkRateLimited(t *testing.T, w *httptest.ResponseRecorder, by, policy, retryAfter string) {
	t.Helper()
	h := w.Header()
	if w.Code != http.StatusTooManyRequests || h.Get("Retry-After") != retryAfter || h.Get("RateLimit-Policy") != policy {
		t.Errorf("%d %v", w.Code, h)
	}
	if left := `"` + by + `";r=0;t=2`; h.Get("RateLimit") != left {
		t.Errorf("RateLimit = %s, want %s", h.Get("RateLimit"), left)
	}
	if problem := decode[rest.Problem](t, w); problem.Code != "RATE_LIMITED" {
		t.Errorf("got %+v", problem)
	}
}

func TestUserRate_Exceeded_RefusesThatUserOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, eve := f.join(t, "mei"), f.join(t, "eve")
	f.startWith(gateway.Limits{User: ratelimit.Rate{PerSecond: 1, Burst: 2}})
	me := func(accessToken string) *httptest.ResponseRecorder {
		return f.do(t, req{method: "GET", path: "/api/v1/users/me", token: accessToken})
	}
	const policy = `"user";q=2;w=2`
	for i, left := range []string{`"user";r=1;t=1`, `"user";r=0;t=2`} {
		if a := me(mei); a.Code != 200 || a.Header().Get("RateLimit") != left || a.Header().Get("RateLimit-Policy") != policy {
			t.Errorf("request %d: %d %v", i+1, a.Code, a.Header())
		}
	}
	checkRateLimited(t, me(mei), "user", policy, "1")
	if a := me(eve); a.Code != 200 {
		t.Errorf("another user: %d", a.Code)
	}
	if a := f.do(t, req{method: "GET", path: "/healthz", token: mei}); a.Code != 200 {
		t.Errorf("health: %d", a.Code)
	}
	f.clock.Add(time.Second)
	if a := me(mei); a.Code != 200 {
		t.Errorf("a second later: %d", a.Code)
	}
	f.clock.Add(time.Minute)
	for range 2 {
		if a := me(mei); a.Code != 200 {
			t.Errorf("after a pause: %d", a.Code)
		}
	}
	checkRateLimited(t, me(mei), "user", policy, "1")
}

func TestAddressRate_Exceeded_RefusesThatAddressOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.startWith(gateway.Limits{Address: ratelimit.Rate{PerSecond: 0.5, Burst: 1}})
	from := func(address, path string) *httptest.ResponseRecorder {
		r := req{method: "GET", path: path}.request()
		r.RemoteAddr = address
		w := serve(f, r)
		checkResponse(t, r, w)
		return w
	}
	const keys = "/.well-known/jwks.json"
	for _, c := range []struct{ first, same, other string }{
		{"192.0.2.7:1", "192.0.2.7:2", "192.0.2.8:1"},
		{"[::ffff:198.51.100.1]:1", "198.51.100.1:1", "198.51.100.2:1"},
		{"[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:9", "[2001:db8:0:2::1]:1"},
	} {
		if a := from(c.first, keys); a.Code != 200 || a.Header().Get("RateLimit") != `"address";r=0;t=2` {
			t.Errorf("%s: %d %v", c.first, a.Code, a.Header())
		}
		checkRateLimited(t, from(c.same, keys), "address", `"address";q=1;w=2`, "2")
		if a := from(c.same, "/api/v1/users/me"); a.Code != http.StatusTooManyRequests {
			t.Errorf("%s without a token: %d", c.same, a.Code)
		}
		if a := from(c.other, keys); a.Code != 200 {
			t.Errorf("%s: %d", c.other, a.Code)
		}
		if a := from(c.same, "/readyz"); a.Code != 200 {
			t.Errorf("%s: readiness: %d", c.same, a.Code)
		}
	}
	for range 3 {
		if a := from("@", keys); a.Code != 200 { // a Unix socket's peer
			t.Errorf("without an address: %d", a.Code)
		}
	}
}

func TestLimiters_OneFull_RefusesItsRoutesOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	reg := prometheus.NewRegistry()
	limiter := func(name string) *loadshed.Limiter {
		return loadshed.New(loadshed.Options{Name: name, Concurrent: 1, Registerer: reg})
	}
	limiters := gateway.Limiters{Users: limiter("users"), Tasks: limiter("tasks"), Scans: limiter("scans"), Hashing: limiter("hashing")}
	f.startWith(gateway.Limits{Limiters: limiters})
	asks := map[*loadshed.Limiter][]req{
		limiters.Users: {
			{method: "GET", path: "/api/v1/users/me", token: mei},
			{method: "PATCH", path: "/api/v1/users/me", body: `{"nick_name": "Mei"}`, token: mei},
			{method: "GET", path: "/api/v1/sessions", token: mei},
		},
		limiters.Tasks: {
			{method: "GET", path: "/api/v1/tasks", token: mei},
			{method: "POST", path: "/api/v1/tasks", body: `{"title": "x"}`, token: mei},
			{method: "GET", path: "/api/v1/lists", token: mei},
		},
		limiters.Scans: {
			{method: "GET", path: "/api/v1/tasks?q=x", token: mei},
			{method: "GET", path: "/api/v1/tasks?status=todo", token: mei},
		},
		limiters.Hashing: {
			{method: "POST", path: "/api/v1/sessions", body: credentials},
			{method: "PUT", path: "/api/v1/users/me/password", body: `{"current_password": "correct horse battery", "new_password": "correct horse battery"}`, token: mei},
		},
		nil: {
			{method: "GET", path: "/healthz"},
			{method: "GET", path: "/readyz"},
			{method: "GET", path: "/.well-known/jwks.json"},
		},
	}
	for full := range asks {
		if err := full.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		for of, part := range asks {
			for _, a := range part {
				w := f.do(t, a)
				overloaded := w.Code == 503 && w.Header().Get("Retry-After") != "" && decode[rest.Problem](t, w).Code == "OVERLOADED"
				if shed := full != nil && of == full; shed != overloaded || !shed && w.Code >= 400 {
					t.Errorf("%s %s: %d, while its part is full: %v", a.method, a.path, w.Code, shed)
				}
			}
		}
		full.Leave()
	}
}

// Registrations have places of their own.
func TestLimiter_RegistrationsFull_OthersSignIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.join(t, "mei")
	registering := loadshed.New(loadshed.Options{Name: "registering", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	f.startWith(gateway.Limits{Limiters: gateway.Limiters{Registering: registering}})
	if err := registering.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	register := req{method: "POST", path: "/api/v1/users", body: `{"user_name": "eve", "password": "correct horse battery"}`}
	if w := f.do(t, register); w.Code != 503 {
		t.Errorf("a registration: %d", w.Code)
	}
	if w := f.do(t, req{method: "POST", path: "/api/v1/sessions", body: credentials}); w.Code != 201 {
		t.Errorf("a sign-in: %d %s", w.Code, w.Body)
	}
	registering.Leave()
	if w := f.do(t, register); w.Code != 201 {
		t.Errorf("a registration after that: %d %s", w.Code, w.Body)
	}
}
