package gateway

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/time/rate"

	"todokit/pkg/rest"
)

// maxBuckets bounds how many users, and how many addresses, are remembered.
// One that is forgotten begins with a full burst.
const maxBuckets = 100_000

// siteBits is how much of an IPv6 address tells one customer of a provider
// from the next. The rest is theirs to choose.
const siteBits = 64

// The headers that tell a client how much it may ask
// (draft-ietf-httpapi-ratelimit-headers), as net/http writes their names.
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

// rates are the limits of this gateway; each gateway counts for itself.
type rates struct {
	user    *limiter[ulid.ULID]
	network *limiter[netip.Prefix]
}

func newRates(l Limits, now func() time.Time, reg prometheus.Registerer) rates {
	refused := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_rate_limited_total",
		Help: "Requests that were refused because there were too many by one user, or from one address.",
	}, []string{"by"})
	return rates{
		user:    newLimiter[ulid.ULID]("user", l.User, now, refused),
		network: newLimiter[netip.Prefix]("address", l.Address, now, refused),
	}
}

// address counts a request for the address it comes from. Returns
// rest.ErrRateLimited if there were too many. A client without an address, as
// on a Unix socket, is not limited by it.
func (r rates) address(h http.Header, request *http.Request) error {
	if r.network == nil {
		return nil
	}
	addr := rest.ClientOf(request).Addr
	if !addr.IsValid() {
		return nil
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = siteBits
	}
	return r.network.take(h, netip.PrefixFrom(addr, bits).Masked())
}

// limiter limits how often each of many may ask. A nil limiter does not.
type limiter[K comparable] struct {
	name    string // in quotes
	limit   Rate
	policy  []string // the value of a header, which nobody changes
	now     func() time.Time
	buckets *otter.Cache[K, *rate.Limiter]
	refused prometheus.Counter
}

func newLimiter[K comparable](name string, limit Rate, now func() time.Time, refused *prometheus.CounterVec) *limiter[K] {
	if limit.PerSecond <= 0 {
		return nil
	}
	refill := float64(limit.Burst) / limit.PerSecond // seconds
	return &limiter[K]{
		name: strconv.Quote(name), limit: limit, now: now, refused: refused.WithLabelValues(name),
		policy: []string{fmt.Sprintf("%q;q=%d;w=%d", name, limit.Burst, wholeSeconds(refill))},
		buckets: otter.Must(&otter.Options[K, *rate.Limiter]{
			MaximumSize: maxBuckets,
			// By then a bucket is full again, and so is a new one.
			ExpiryCalculator: otter.ExpiryAccessing[K, *rate.Limiter](time.Duration(wholeSeconds(refill)) * time.Second),
			Clock:            clock(now),
		}),
	}
}

// take counts a request of key, and tells in the answer's header how many are
// left (draft-ietf-httpapi-ratelimit-headers). Returns rest.ErrRateLimited if
// there were too many.
func (l *limiter[K]) take(h http.Header, key K) error {
	if l == nil {
		return nil
	}
	bucket, ok := l.buckets.GetIfPresent(key)
	if !ok {
		bucket, _ = l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
			return rate.NewLimiter(rate.Limit(l.limit.PerSecond), l.limit.Burst), false
		})
	}
	now := l.now()
	allowed := bucket.AllowN(now, 1)
	left := max(bucket.TokensAt(now), 0)
	h[policyHeader] = l.policy
	full := wholeSeconds((float64(l.limit.Burst) - left) / l.limit.PerSecond)
	h.Set(limitHeader, l.name+";r="+strconv.Itoa(int(left))+";t="+strconv.FormatInt(full, 10))
	if allowed {
		return nil
	}
	l.refused.Inc()
	next := (1 - left) / l.limit.PerSecond
	return rest.ErrRateLimited.WithRetryAfter(time.Duration(next * float64(time.Second)))
}

func wholeSeconds(s float64) int64 { return int64(math.Ceil(max(s, 0))) }
