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

// RequestLimiter bounds how many requests are in work at a time, and for how
// long. A request is in work from when it has arrived, body included, to when
// its response begins to leave: how fast a client sends and reads must not
// matter to the others.
type RequestLimiter struct {
	// Timeout of a request in work. The context of handlers carries it to
	// whatever they call. 0: no limit.
	Timeout time.Duration

	bodyBytes atomic.Int64 // in memory
}

// Limit returns the middleware of a limiter; nil has no limit. It returns
// errs.ErrOverloaded where the limiter has no place: before the body is read,
// if that is known by then.
func (k *RequestLimiter) Limit(limiter *loadshed.Limiter) Middleware {
	return func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if err := limiter.Saturated(); err != nil {
				return err
			}
			body, err := k.bufferBody(r)
			defer k.bodyBytes.Add(-body.size)
			if err != nil {
				return err
			}
			if body.reader != nil {
				r.Body = body
			}
			ctx, cancel := k.withDeadline(r.Context())
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

func (k *RequestLimiter) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if k.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, k.Timeout)
}

// BeforeHeader returns a writer that calls hook before anything of the response
// leaves. It may call it more than once.
func BeforeHeader(w http.ResponseWriter, hook func()) http.ResponseWriter {
	return &headerHookWriter{ResponseWriter: w, hook: hook}
}

type headerHookWriter struct {
	http.ResponseWriter
	hook func()
}

func (w *headerHookWriter) WriteHeader(status int) {
	w.hook()
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerHookWriter) Write(b []byte) (int, error) {
	w.hook()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w *headerHookWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
