package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"todokit/pkg/loadshed"
)

// Middleware wraps a handler.
type Middleware = func(Handler) Handler

// RequestLimiterOptions are what a RequestLimiter is made of.
type RequestLimiterOptions struct {
	// Timeout bounds the handling of a request, from when its body has been
	// received; the context of the handler has it as its deadline. 0: no limit.
	Timeout time.Duration
	// User returns the key of the user who sends a request, the zero Key for
	// nobody; nil: there are no users.
	User       func(*http.Request) loadshed.Key
	Registerer prometheus.Registerer
}

// RequestLimiter bounds how many requests are handled at a time, for how long,
// and how much memory their bodies and responses take. A request counts from when
// its body has been received until its response begins to be sent: how fast a
// client sends and reads makes no difference to other clients.
type RequestLimiter struct {
	RequestLimiterOptions
	bodies, responses *transfers
}

// NewRequestLimiter returns a RequestLimiter. It registers its metrics.
func NewRequestLimiter(o RequestLimiterOptions) *RequestLimiter {
	direction := []string{"direction"}
	bytes := promauto.With(o.Registerer).NewGaugeVec(prometheus.GaugeOpts{
		Name: "todokit_http_transfer_bytes",
		Help: "Memory of bodies (in) and responses (out) that are in work, or on their way from or to clients.",
	}, direction)
	givenUp := promauto.With(o.Registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_http_transfers_given_up_total",
		Help: "Bodies (in) and responses (out) that were given up, because their clients were too slow.",
	}, direction)
	return &RequestLimiter{
		RequestLimiterOptions: o,
		bodies:                newTransfers(maxBodyBytes, maxBodyBytesOfOne, bytes.WithLabelValues("in"), givenUp.WithLabelValues("in")),
		responses:             newTransfers(maxResponseBytes, maxResponseBytesOfOne, bytes.WithLabelValues("out"), givenUp.WithLabelValues("out")),
	}
}

// Limit is LimitBy with the same limiter, nil for none, for all requests.
func (l *RequestLimiter) Limit(limiter *loadshed.Limiter) Middleware {
	return l.limit(func(*http.Request) *loadshed.Limiter { return limiter }, MaxBody)
}

// LimitSmall is Limit for requests that anybody may send: a body may have 8 KiB.
func (l *RequestLimiter) LimitSmall(limiter *loadshed.Limiter) Middleware {
	return l.limit(func(*http.Request) *loadshed.Limiter { return limiter }, MaxSmallBody)
}

// LimitBy returns a middleware that handles a request when the limiter that is
// chosen for it has a place. Nothing of the body has been read before, so that
// whatever refuses requests by their header comes before this middleware. Returns
// what loadshed.Limiter.EnterFor returns where there is no place: without reading
// the body, if the limiter is saturated already. Returns ErrBodyTooLarge,
// ErrBodyTooSlow, errs.ErrTooManyAtOnce and errs.ErrOverloaded for a body.
func (l *RequestLimiter) LimitBy(choose func(*http.Request) *loadshed.Limiter) Middleware {
	return l.limit(choose, MaxBody)
}

func (l *RequestLimiter) limit(choose func(*http.Request) *loadshed.Limiter, maxBody int64) Middleware {
	return func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			limiter, keys := choose(r), l.transferKeys(r)
			key := keys.owner()
			if err := limiter.SaturatedFor(key); err != nil {
				return err
			}
			body, err := l.receive(w, r, maxBody)
			defer body.end()
			if err != nil {
				return err
			}
			ctx, cancel := l.withDeadline(r.Context())
			defer cancel()
			if err := limiter.EnterFor(ctx, key); err != nil {
				return err
			}
			leave := sync.OnceFunc(func() { limiter.LeaveFor(key) })
			defer leave()
			out := &boundedResponse{ResponseWriter: w, transfer: transfer{all: l.responses, keys: keys}}
			defer out.end()
			return next(BeforeHeader(out, leave), r.WithContext(ctx))
		}
	}
}

// transferKeys tells whose request it is.
func (l *RequestLimiter) transferKeys(r *http.Request) (k transferKeys) {
	if l.User != nil {
		k[0] = l.User(r)
	}
	k[1] = AddressKey(r)
	return k
}

// AddressKey is the key of where a request comes from, the zero Key for a client
// without an address.
func AddressKey(r *http.Request) loadshed.Key {
	addr := ClientOf(r).Addr
	if !addr.IsValid() {
		return loadshed.Key{}
	}
	return loadshed.AddressKey(addr)
}

// owner is the user, or the address if there is none.
func (k transferKeys) owner() loadshed.Key {
	if k[0] != (loadshed.Key{}) {
		return k[0]
	}
	return k[1]
}

func (l *RequestLimiter) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, l.Timeout)
}
