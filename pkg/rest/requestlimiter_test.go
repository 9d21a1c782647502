package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
)

func limiterOfOne() *loadshed.Limiter {
	return loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Wait: time.Hour, Registerer: prometheus.NewRegistry()})
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestRequestLimiter_Saturated_RefusesBeforeTheBody(t *testing.T) {
	t.Parallel()
	gate := limiterOfOne()
	if err := gate.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := (&rest.RequestLimiter{}).Limit(gate)(func(http.ResponseWriter, *http.Request) error {
		t.Error("the handler was called")
		return nil
	})
	r := request("POST", "/", "")
	r.Body, r.ContentLength = io.NopCloser(unread{t}), 7
	w := newBench().do(h, r)
	if p := problemOf(t, w); w.Code != 503 || p.Code != "OVERLOADED" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %+v, Retry-After = %q", w.Code, p, w.Header().Get("Retry-After"))
	}
}

// A client that sends slowly, or reads slowly, is in nobody's way.
func TestRequestLimiter_SlowClient_HoldsNoPlace(t *testing.T) {
	t.Parallel()
	gate := limiterOfOne()
	free := func(when string) {
		if err := gate.Saturated(); err != nil {
			t.Errorf("%s, the place is taken", when)
		}
	}
	h := (&rest.RequestLimiter{}).Limit(gate)(func(w http.ResponseWriter, r *http.Request) error {
		if gate.Saturated() == nil {
			t.Error("in work, the place is free")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "12" {
			t.Errorf("the body is %q, %v", body, err)
		}
		w.WriteHeader(http.StatusOK)
		free("while the answer leaves")
		return nil
	})
	r := request("POST", "/", "")
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(
		strings.NewReader("1"), reading(func() { free("while the body arrives") }), strings.NewReader("2"))), 2
	if w := newBench().do(h, r); w.Code != 200 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	free("at the end")
}

// reading is a reader that does something when it is read.
type reading func()

func (f reading) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

func TestRequestLimiter_Panic_GivesThePlaceBack(t *testing.T) {
	t.Parallel()
	gate := limiterOfOne()
	h := (&rest.RequestLimiter{}).Limit(gate)(func(http.ResponseWriter, *http.Request) error { panic("oops") })
	for range 2 {
		if w := newBench().do(h, request("GET", "/", "")); w.Code != 500 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
}

func TestRequestLimiter_SlowBody_DeadlineStartsAfterIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 2 * time.Second
		h := (&rest.RequestLimiter{Timeout: limit}).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
			deadline, ok := r.Context().Deadline()
			if left := time.Until(deadline); !ok || left != limit {
				t.Errorf("%v are left", left)
			}
			<-r.Context().Done()
			return r.Context().Err()
		})
		r := request("POST", "/", "")
		r.Body, r.ContentLength = io.NopCloser(reading(func() { <-time.After(time.Minute) })), -1
		w := newBench().do(h, r)
		if p := problemOf(t, w); w.Code != 504 || p.Code != "DEADLINE_EXCEEDED" {
			t.Errorf("%d %+v", w.Code, p)
		}
	})
}

func TestRequestLimiter_BrokenBody_IsCancelled(t *testing.T) {
	t.Parallel()
	h := (&rest.RequestLimiter{}).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", body, err)
		}
		return nil
	})
	r := request("POST", "/", "")
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("half"), broken{})), 8
	newBench().do(h, r)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRequestLimiter_ManyBodies_AreBoundedTogether(t *testing.T) {
	t.Parallel()
	const large = 1 << 20
	var h rest.Handler
	worked, refused := 0, 0
	h = (&rest.RequestLimiter{}).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		worked++
		// Each large request is in work while the next one arrives.
		if r.ContentLength == large && worked < 100 {
			if w := newBench().do(h, request("POST", "/", strings.Repeat("x", large))); w.Code == 503 {
				refused++
			}
		}
		return nil
	})
	newBench().do(h, request("POST", "/", strings.Repeat("x", large)))
	if worked != 64 || refused != 1 {
		t.Errorf("%d were let in, %d refused", worked, refused)
	}
	newBench().do(h, request("POST", "/", "x"))
	if worked != 65 {
		t.Error("what the bodies took was not given back")
	}
}

func TestMarkStale_SetsAgeAndCacheStatus(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration][2]string{
		90*time.Second + 999*time.Millisecond: {"90", "todokit; hit; ttl=-90; detail=stale-on-error"},
		0:                                     {"0", "todokit; hit; ttl=0; detail=stale-on-error"},
		-time.Second:                          {"0", "todokit; hit; ttl=0; detail=stale-on-error"},
	} {
		h := http.Header{}
		rest.MarkStale(h, age)
		if h.Get("Age") != want[0] || h.Get("Cache-Status") != want[1] {
			t.Errorf("%v: %v", age, h)
		}
	}
}

func TestRequestLimiter_ClientLeaves_EndsTheHandler(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	h := (&rest.RequestLimiter{Timeout: time.Hour}).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		leave()
		<-r.Context().Done()
		return r.Context().Err()
	})
	if err := h(nil, request("GET", "/", "").WithContext(ctx)); !errors.Is(errs.From(err), errs.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}
