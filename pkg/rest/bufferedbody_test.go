package rest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"todokit/pkg/rest"
)

func TestRequestLimiter_SaturatedWhileBodyArrives_RefusesAndReleasesBody(t *testing.T) {
	t.Parallel()
	limiter, requests := limiterOfOne(), newRequestLimiter(0)
	takePlace := readerFunc(func() {
		if err := limiter.Enter(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for range 65 { // one more than the bodies that fit into memory together, if they were kept
		body := io.MultiReader(strings.NewReader(strings.Repeat("x", rest.MaxBody)), takePlace)
		w := newTestEdge().do(requests.Limit(limiter)(mustNotRun(t)), withBody(body, rest.MaxBody))
		if p := problemOf(t, w); w.Code != 503 || p.Code != "OVERLOADED" {
			t.Fatalf("%d %+v", w.Code, p)
		}
		limiter.Leave()
	}
	called := false
	w := newTestEdge().do(requests.Limit(nil)(func(http.ResponseWriter, *http.Request) error { called = true; return nil }), request("POST", "/", "x"))
	if !called {
		t.Errorf("the memory of refused bodies was not released: %d %s", w.Code, w.Body)
	}
}

func TestRequestLimiter_BrokenBody_HandlerReadsTheError(t *testing.T) {
	t.Parallel()
	h := newRequestLimiter(0).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", body, err)
		}
		return nil
	})
	newTestEdge().do(h, withBody(io.MultiReader(strings.NewReader("half"), failing{io.ErrUnexpectedEOF}), 8))
}

func TestRequestLimiter_ManyBodies_AreBoundedTogether(t *testing.T) {
	t.Parallel()
	const large = 1 << 20
	var h rest.Handler
	handled, refused := 0, 0
	h = newRequestLimiter(0).Limit(nil)(func(_ http.ResponseWriter, r *http.Request) error {
		handled++
		// Each large request is handled while the next one arrives.
		if r.ContentLength == large && handled < 100 {
			next := request("POST", "/", strings.Repeat("x", large))
			next.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", handled) // each address may have a quarter only
			if w := newTestEdge().do(h, next); w.Code == 503 {
				refused++
			}
		}
		return nil
	})
	newTestEdge().do(h, request("POST", "/", strings.Repeat("x", large)))
	if handled != 64 || refused != 1 {
		t.Errorf("%d were handled, %d refused", handled, refused)
	}
	newTestEdge().do(h, request("POST", "/", "x"))
	if handled != 65 {
		t.Error("the memory of the bodies was not released")
	}
}

func TestRequestLimiter_LargerThanAllowed_RefusedWithoutReadingMore(t *testing.T) {
	t.Parallel()
	l := newRequestLimiter(0)
	for name, tt := range map[string]struct {
		limit rest.Middleware
		most  int
	}{
		"with a token": {l.Limit(nil), rest.MaxBody}, "without": {l.LimitSmall(nil), rest.MaxSmallBody},
	} {
		for _, known := range []bool{true, false} {
			ask := func(size int) (status int, read int64, closes bool) {
				var endless counter
				r := withBody(io.LimitReader(&endless, int64(size)), -1)
				if known {
					r.ContentLength = int64(size)
				}
				w := newTestEdge().do(tt.limit(ok), r)
				return w.Code, endless.n, w.Header().Get("Connection") == "close"
			}
			if status, read, _ := ask(tt.most); status != 200 || read < int64(tt.most) {
				t.Errorf("%s, size known %v: %d for the largest body", name, known, status)
			}
			status, read, closes := ask(tt.most + 1)
			if status != 413 || !closes || read > int64(tt.most)+1 || known && read > 0 {
				t.Errorf("%s, size known %v: %d after %d bytes of a larger one, closes: %v", name, known, status, read, closes)
			}
		}
	}
}
