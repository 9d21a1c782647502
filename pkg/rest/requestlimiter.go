package rest

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"todokit/pkg/loadshed"
)

// Middleware wraps a handler.
type Middleware = func(Handler) Handler

// RequestLimiter bounds how many requests are handled at a time, and for how
// long. A request counts from when its body has been received until its response
// begins to be sent: how fast a client sends and reads makes no difference to
// other clients.
type RequestLimiter struct {
	// Timeout bounds the handling of a request, from when its body has been
	// received; the context of the handler has it as its deadline. 0: no limit.
	Timeout time.Duration

	bodyBytes atomic.Int64 // of all bodies in memory
}

// Limit returns a middleware that handles a request when a limiter, nil for none,
// has a place for it. Nothing of the body has been read before, so that whatever
// refuses requests by their header comes before this middleware. Returns
// errs.ErrOverloaded where there is no place: without reading the body, if the
// limiter is saturated already.
func (l *RequestLimiter) Limit(limiter *loadshed.Limiter) Middleware {
	return func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := limiter.Saturated(); err != nil {
				return err
			}
			size, err := l.bufferBody(r)
			defer l.bodyBytes.Add(-size)
			if err != nil {
				return err
			}
			ctx, cancel := l.withDeadline(r.Context())
			defer cancel()
			if err := limiter.Enter(ctx); err != nil {
				return err
			}
			leave := sync.OnceFunc(limiter.Leave)
			defer leave()
			return next(BeforeHeader(w, leave), r.WithContext(ctx))
		}
	}
}

func (l *RequestLimiter) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, l.Timeout)
}
