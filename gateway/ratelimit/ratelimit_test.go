package ratelimit_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/gateway/ratelimit"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

// manualClock stands still until it is moved. The cache of buckets reads it in
// goroutines of its own.
type manualClock struct{ now atomic.Pointer[time.Time] }

func newClock() *manualClock {
	c := &manualClock{}
	begin := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	c.now.Store(&begin)
	return c
}

func (c *manualClock) Now() time.Time { return *c.now.Load() }

func (c *manualClock) advance(d time.Duration) {
	now := c.Now().Add(d)
	c.now.Store(&now)
}

// byPath is a Limiter to which each path is another client, and "/" none.
func byPath(c *manualClock, reg prometheus.Registerer, r ratelimit.Rate) rest.Handler {
	limiter := ratelimit.New(ratelimit.Options[string]{
		Name: "path", Rate: r, Now: c.Now, Registerer: reg,
		Key: func(r *http.Request) (string, bool) { return r.URL.Path, r.URL.Path != "/" },
	})
	return limiter.Limit(func(http.ResponseWriter, *http.Request) error { return nil })
}

func ask(h rest.Handler, path string) (http.Header, error) {
	w := httptest.NewRecorder()
	err := h(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Header(), err
}

func TestLimiter_WithinBurst_SaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	h := byPath(newClock(), prometheus.NewRegistry(), ratelimit.Rate{PerSecond: 1, Burst: 2})
	for i, left := range []string{`"path";r=1;t=1`, `"path";r=0;t=2`} {
		header, err := ask(h, "/a")
		if err != nil || header.Get("RateLimit") != left || header.Get("RateLimit-Policy") != `"path";q=2;w=2` {
			t.Errorf("request %d: %v %v", i+1, err, header)
		}
	}
}

func TestLimiter_BurstSpent_RefusesWithRetryAfter(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	h := byPath(newClock(), reg, ratelimit.Rate{PerSecond: 0.5, Burst: 1})
	if _, err := ask(h, "/a"); err != nil {
		t.Fatal(err)
	}
	header, err := ask(h, "/a")
	if !errors.Is(err, rest.ErrRateLimited) || errs.From(err).RetryAfter != 2*time.Second || header.Get("RateLimit") != `"path";r=0;t=2` {
		t.Errorf("%v, to be repeated after %v, %v", err, errs.From(err).RetryAfter, header)
	}
	if _, err := ask(h, "/b"); err != nil {
		t.Errorf("another client: %v", err)
	}
	if n, err := testutil.GatherAndCount(reg, "todokit_rate_limited_total"); n != 1 || err != nil {
		t.Errorf("%d series, %v", n, err)
	}
}

func TestLimiter_AfterPause_RefillsUpToBurst(t *testing.T) {
	t.Parallel()
	clock := newClock()
	h := byPath(clock, prometheus.NewRegistry(), ratelimit.Rate{PerSecond: 1, Burst: 2})
	for _, step := range []struct {
		pause   time.Duration
		allowed int
	}{{0, 2}, {time.Second, 1}, {time.Minute, 2}} {
		clock.advance(step.pause)
		for range step.allowed {
			if _, err := ask(h, "/a"); err != nil {
				t.Errorf("after %v: %v", step.pause, err)
			}
		}
		if _, err := ask(h, "/a"); !errors.Is(err, rest.ErrRateLimited) {
			t.Errorf("after %v, one more: %v", step.pause, err)
		}
	}
}

func TestLimiter_NoKey_IsNotLimited(t *testing.T) {
	t.Parallel()
	h := byPath(newClock(), prometheus.NewRegistry(), ratelimit.Rate{PerSecond: 1, Burst: 1})
	for range 3 {
		if header, err := ask(h, "/"); err != nil || len(header) != 0 {
			t.Errorf("%v %v", err, header)
		}
	}
}

func TestLimiter_NoRate_IsNotLimited(t *testing.T) {
	t.Parallel()
	h := byPath(newClock(), prometheus.NewRegistry(), ratelimit.Rate{})
	for range 3 {
		if header, err := ask(h, "/a"); err != nil || len(header) != 0 {
			t.Errorf("%v %v", err, header)
		}
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1":              "192.0.2.7/32",
		"[::ffff:198.51.100.1]:1":  "198.51.100.1/32",
		"[2001:db8:0:1:ffff::2]:9": "2001:db8:0:1::/64",
		"@":                        "", // the peer of a Unix socket
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		got, ok := ratelimit.Network(r)
		if ok != (want != "") || ok && got != netip.MustParsePrefix(want) {
			t.Errorf("%s: %v %v", remote, got, ok)
		}
	}
}
