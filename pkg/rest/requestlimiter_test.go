package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

func newRequestLimiter(timeout time.Duration) *rest.RequestLimiter {
	return rest.NewRequestLimiter(rest.RequestLimiterOptions{Timeout: timeout, Registerer: prometheus.NewRegistry()})
}

func saturated(t *testing.T) *loadshed.Limiter {
	t.Helper()
	limiter := limiterOfOne()
	if err := limiter.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	return limiter
}

// mustNotRead is a body that must not be read.
type mustNotRead struct{ t *testing.T }

func (b mustNotRead) Read([]byte) (int, error) {
	b.t.Error("the body was read")
	return 0, io.EOF
}

func mustNotRun(t *testing.T) rest.Handler {
	t.Helper()
	return func(http.ResponseWriter, *http.Request) error {
		t.Error("the handler was called")
		return nil
	}
}

func withBody(body io.Reader, size int64) *http.Request {
	r := request("POST", "/", "")
	r.Body, r.ContentLength = io.NopCloser(body), size
	return r
}

func TestRequestLimiter_Saturated_RefusesBeforeTheBody(t *testing.T) {
	t.Parallel()
	h := newRequestLimiter(0).Limit(saturated(t))(mustNotRun(t))
	for name, size := range map[string]int64{"known size": 7, "unknown size": -1} {
		w := newTestEdge().do(h, withBody(mustNotRead{t}, size))
		if p := problemOf(t, w); w.Code != 503 || p.Code != "OVERLOADED" || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %+v, Retry-After = %q", name, w.Code, p, w.Header().Get("Retry-After"))
		}
	}
}

// The check of a token comes before the limiter: its refusal says 401, even
// while the limiter is saturated, reads no body and takes no place.
func TestRequestLimiter_RefusedByEarlierMiddleware_LeavesBodyAndPlace(t *testing.T) {
	t.Parallel()
	refuse := func(rest.Handler) rest.Handler {
		return func(http.ResponseWriter, *http.Request) error { return errs.ErrUnauthenticated }
	}
	limiter := limiterOfOne()
	for _, l := range []*loadshed.Limiter{limiter, saturated(t)} {
		h := refuse(newRequestLimiter(0).Limit(l)(mustNotRun(t)))
		if w := newTestEdge().do(h, withBody(mustNotRead{t}, 7)); w.Code != 401 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
	if err := limiter.Saturated(); err != nil {
		t.Error("a refused request holds the place")
	}
}

// What an earlier middleware puts into the context reaches the handler, and its
// writer sees the response.
func TestRequestLimiter_AfterMiddleware_KeepsContextAndWriter(t *testing.T) {
	t.Parallel()
	type userKey struct{}
	sent := false
	h := newRequestLimiter(time.Minute).Limit(limiterOfOne())(func(w http.ResponseWriter, r *http.Request) error {
		if r.Context().Value(userKey{}) != "u1" {
			t.Error("the context was lost")
		}
		return ok(w, r)
	})
	authenticated := func(w http.ResponseWriter, r *http.Request) error {
		return h(rest.BeforeHeader(w, func() { sent = true }), r.WithContext(context.WithValue(r.Context(), userKey{}, "u1")))
	}
	if w := newTestEdge().do(authenticated, request("POST", "/", "{}")); w.Code != 200 || !sent {
		t.Errorf("%d: %s, hook called: %v", w.Code, w.Body, sent)
	}
}

func TestRequestLimiter_SlowClient_HoldsNoPlace(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(http.ResponseWriter) error{
		"header": func(w http.ResponseWriter) error { w.WriteHeader(http.StatusOK); return nil },
		"body":   func(w http.ResponseWriter) error { _, err := w.Write([]byte("ok")); return err },
		"flush":  func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limiter := limiterOfOne()
			mustBeFree := func(when string) {
				if err := limiter.Saturated(); err != nil {
					t.Errorf("%s, the place is taken", when)
				}
			}
			h := newRequestLimiter(0).Limit(limiter)(func(w http.ResponseWriter, r *http.Request) error {
				if limiter.Saturated() == nil {
					t.Error("while it is handled, the place is free")
				}
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "12" {
					t.Errorf("the body is %q, %v", body, err)
				}
				if limiter.Saturated() == nil {
					t.Error("before the response, the place is free")
				}
				if err := send(w); err != nil {
					t.Error(err)
				}
				mustBeFree("while the response is sent")
				return nil
			})
			body := io.MultiReader(strings.NewReader("1"), readerFunc(func() { mustBeFree("while the body arrives") }), strings.NewReader("2"))
			if w := newTestEdge().do(h, withBody(body, 2)); w.Code != 200 {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
			mustBeFree("at the end")
		})
	}
}

// Over real connections: others are served while one client has sent half of its
// body, and while another has received half of its response.
func TestRequestLimiter_SlowConnections_OthersAreServed(t *testing.T) {
	t.Parallel()
	half, finish := make(chan struct{}, 1), make(chan struct{})
	h := newRequestLimiter(0).Limit(limiterOfOne())(func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		_, _ = w.Write(body)
		if string(body) == "slow response" {
			half <- struct{}{}
			<-finish
			_, _ = w.Write(body)
		}
		return nil
	})
	server := httptest.NewServer(newTestEdge().Route("/", rest.Methods{http.MethodPost: h}))
	defer server.Close()
	post := func(body io.Reader) string {
		response, err := server.Client().Post(server.URL, "text/plain", body)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		return string(content)
	}
	var slow sync.WaitGroup
	slow.Go(func() {
		if got := post(strings.NewReader("slow response")); got != "slow responseslow response" {
			t.Errorf("the slow reader got %q", got)
		}
	})
	<-half
	body, sender := io.Pipe()
	slow.Go(func() {
		if got := post(body); got != "slow body" {
			t.Errorf("the slow sender got %q", got)
		}
	})
	_, _ = io.WriteString(sender, "slow ")
	for range 3 {
		if got := post(strings.NewReader("fast")); got != "fast" {
			t.Errorf("another client got %q", got)
		}
	}
	_, _ = io.WriteString(sender, "body")
	sender.Close()
	close(finish)
	slow.Wait()
}

// readerFunc is an empty reader that calls a function when it is read.
type readerFunc func()

func (f readerFunc) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

func TestRequestLimiter_PanicOrError_ReleasesPlace(t *testing.T) {
	t.Parallel()
	limiter := limiterOfOne()
	for name, handler := range map[string]rest.Handler{
		"panic": func(http.ResponseWriter, *http.Request) error { panic("oops") },
		"error": func(http.ResponseWriter, *http.Request) error { return errors.New("oops") },
	} {
		h := newRequestLimiter(0).Limit(limiter)(handler)
		for range 2 {
			if w := newTestEdge().do(h, request("GET", "/", "")); w.Code != 500 {
				t.Errorf("%s: %d: %s", name, w.Code, w.Body)
			}
		}
	}
}

func TestRequestLimiter_SlowBody_DeadlineStartsAfterIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 2 * time.Second
		h := newRequestLimiter(limit).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
			deadline, ok := r.Context().Deadline()
			if left := time.Until(deadline); !ok || left != limit {
				t.Errorf("%v are left", left)
			}
			<-r.Context().Done()
			return r.Context().Err()
		})
		w := newTestEdge().do(h, withBody(readerFunc(func() { <-time.After(9 * time.Second) }), -1))
		if p := problemOf(t, w); w.Code != 504 || p.Code != "DEADLINE_EXCEEDED" {
			t.Errorf("%d %+v", w.Code, p)
		}
	})
}

func TestRequestLimiter_ClientLeaves_EndsTheHandler(t *testing.T) {
	t.Parallel()
	ctx, disconnect := context.WithCancel(t.Context())
	h := newRequestLimiter(time.Hour).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		disconnect()
		<-r.Context().Done()
		return r.Context().Err()
	})
	if err := h(nil, request("GET", "/", "").WithContext(ctx)); !errors.Is(errs.From(err), errs.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}
