package gateway

import (
	"net/http"
	"slices"

	"todokit/gateway/authentication"
	"todokit/pkg/rest"
	"todokit/pkg/rpc"
)

// chain makes one middleware of several, of which the first is the outermost.
func chain(all ...rest.Middleware) rest.Middleware {
	return func(h rest.Handler) rest.Handler {
		for _, m := range slices.Backward(all) {
			h = m(h)
		}
		return h
	}
}

// callMetadata has each call of a service carry the id of the request that it
// is made for, and the address which that comes from.
func callMetadata(next rest.Handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := rpc.WithRequestID(r.Context(), rest.RequestID(r.Context()))
		ctx = rpc.WithAddress(ctx, rest.ClientOf(r).Address())
		return next(w, r.WithContext(ctx))
	}
}

// privateCaching keeps shared caches from keeping a response, and private ones
// from giving it without having asked.
func privateCaching(next rest.Handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		private(w)
		return next(w, r)
	}
}

func private(w http.ResponseWriter) { w.Header().Set("Cache-Control", "private, no-cache") }

// invalidate removes the copies of what the user has read before: when a write
// begins, before anything of its response leaves, and when it ends, with
// whatever result.
func (g *gateway) invalidate(next rest.Handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		caller := authentication.CallerOf(r.Context()).UserID
		invalidate := func() { g.cache.Invalidate(caller, "") }
		invalidate()
		defer invalidate()
		return next(rest.BeforeHeader(w, invalidate), r)
	}
}
