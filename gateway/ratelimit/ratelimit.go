// Package ratelimit bounds how often one client may ask: with a token bucket
// for each, in the memory of this process, so that each gateway counts for
// itself. Every response says how much is left
// (draft-ietf-httpapi-ratelimit-headers).
package ratelimit

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"todokit/pkg/collector"
	"todokit/pkg/ipnetwork"
	"todokit/pkg/rest"
)

// maxBuckets bounds how many clients a Limiter remembers. One that is forgotten
// begins with a full bucket.
const maxBuckets = 100_000

// The response headers, as net/http writes their names.
const (
	limitHeader  = "Ratelimit"
	policyHeader = "Ratelimit-Policy"
)

// Rate is how many requests a second one client may make in the long run, and
// how many at once after a pause.
type Rate struct {
	PerSecond float64 // 0: no limit
	Burst     int
}

// Options of a Limiter. K tells one client from another.
type Options[K comparable] struct {
	Name       string // what K is, in headers and metrics: "user"
	Rate       Rate
	Key        func(*http.Request) (key K, ok bool) // a request without a key is not limited
	Now        func() time.Time
	Registerer prometheus.Registerer
}

// Limiter holds the buckets of all clients. A nil Limiter limits nobody.
type Limiter[K comparable] struct {
	Options[K]
	quotedName string
	policy     []string // the value of a header, which nobody changes
	buckets    *otter.Cache[K, *rate.Limiter]
	refused    prometheus.Counter
}

// New returns a Limiter, nil for one without a limit. It registers its metrics.
func New[K comparable](o Options[K]) *Limiter[K] {
	refused := collector.Register(o.Registerer, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_rate_limited_total",
		Help: "Requests that were refused because there were too many by one user, or from one address.",
	}, []string{"by"}))
	if o.Rate.PerSecond <= 0 {
		return nil
	}
	refill := wholeSeconds(float64(o.Rate.Burst) / o.Rate.PerSecond)
	return &Limiter[K]{
		Options: o, quotedName: strconv.Quote(o.Name), refused: refused.WithLabelValues(o.Name),
		policy: []string{fmt.Sprintf("%q;q=%d;w=%d", o.Name, o.Rate.Burst, refill)},
		buckets: otter.Must(&otter.Options[K, *rate.Limiter]{
			MaximumSize: maxBuckets,
			// By then a bucket is full again, and so is a new one.
			ExpiryCalculator: otter.ExpiryAccessing[K, *rate.Limiter](time.Duration(refill) * time.Second),
			Clock:            clock(o.Now),
		}),
	}
}

// Limit is a middleware that counts each request for its client, and returns
// rest.ErrRateLimited if there were too many.
func (l *Limiter[K]) Limit(next rest.Handler) rest.Handler {
	if l == nil {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if key, ok := l.Key(r); ok {
			if err := l.take(w.Header(), key); err != nil {
				return err
			}
		}
		return next(w, r)
	}
}

// take takes a token from the bucket of a client, and writes into the
// response's header how many are left. Returns rest.ErrRateLimited if there is
// none.
func (l *Limiter[K]) take(h http.Header, key K) error {
	bucket, ok := l.buckets.GetIfPresent(key)
	if !ok {
		bucket, _ = l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
			return rate.NewLimiter(rate.Limit(l.Rate.PerSecond), l.Rate.Burst), false
		})
	}
	now := l.Now()
	allowed := bucket.AllowN(now, 1)
	left := max(bucket.TokensAt(now), 0)
	h[policyHeader] = l.policy
	full := wholeSeconds((float64(l.Rate.Burst) - left) / l.Rate.PerSecond)
	h.Set(limitHeader, l.quotedName+";r="+strconv.Itoa(int(left))+";t="+strconv.FormatInt(full, 10))
	if allowed {
		return nil
	}
	l.refused.Inc()
	next := (1 - left) / l.Rate.PerSecond
	return rest.ErrRateLimited.WithRetryAfter(time.Duration(next * float64(time.Second)))
}

func wholeSeconds(s float64) int64 { return int64(math.Ceil(max(s, 0))) }

// Network is the key by which clients are limited by where they come from: an
// IPv4 address, or an IPv6 network. A client without an address, as on a Unix
// socket, has no key.
func Network(r *http.Request) (netip.Prefix, bool) {
	network := ipnetwork.Of(rest.ClientOf(r).Addr)
	return network, network.IsValid()
}

// clock lets the buckets expire by the Limiter's time. It does not tick: what
// is not used need not be tidied up.
type clock func() time.Time

func (c clock) NowNano() int64 { return c().UnixNano() }

func (c clock) Tick(time.Duration) <-chan time.Time { return nil }
