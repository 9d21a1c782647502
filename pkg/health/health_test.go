package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"todokit/pkg/health"
)

func TestChecker_Ready_AfterEachCheckSucceededOnce(t *testing.T) {
	t.Parallel()
	c := health.New()
	failure := errors.New("no snapshot yet")
	c.Add("trust", func(context.Context) error { return failure })
	c.Add("etcd", func(context.Context) error { return nil })
	for _, step := range []struct {
		name  string
		do    func()
		ready bool
		code  int
	}{
		{"waiting", func() {}, false, http.StatusServiceUnavailable},
		{"succeeded", func() { failure = nil }, true, http.StatusOK},
		{"degraded", func() { failure = errors.New("lost again") }, true, http.StatusOK},
		{"stopping", c.Drain, false, http.StatusServiceUnavailable},
	} {
		step.do()
		rec := httptest.NewRecorder()
		c.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		var response struct {
			Ready        bool
			Dependencies []health.State
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &response); err != nil {
			t.Fatal(err)
		}
		if response.Ready != step.ready || rec.Code != step.code || len(response.Dependencies) != 2 {
			t.Fatalf("%s: %d %s", step.name, rec.Code, rec.Body)
		}
	}
}

func TestChecker_Sub_PrefixesNames(t *testing.T) {
	t.Parallel()
	c := health.New()
	c.Sub("user").Add("database", health.Condition(func() bool { return false }, "no connection"))
	ready, states := c.Ready(t.Context())
	want := health.State{Name: "user/database", Error: "no connection"}
	if ready || len(states) != 1 || states[0] != want {
		t.Errorf("got %v, %+v", ready, states)
	}
}

// What is required makes the process unready whenever it fails.
func TestChecker_Require_UnreadyWheneverItFails(t *testing.T) {
	t.Parallel()
	c := health.New()
	var failure error
	c.Sub("user").Require("signing key", func(context.Context) error { return failure })
	for i, want := range []bool{true, false, true, false, false, true} {
		if failure = nil; !want {
			failure = errors.New("there is none")
		}
		if ready, states := c.Ready(t.Context()); ready != want || states[0].OK != want {
			t.Errorf("step %d: ready %t, %+v", i, ready, states)
		}
	}
}
