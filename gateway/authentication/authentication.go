// Package authentication finds out who sends a request, from the bearer token
// in its header (RFC 6750), and what that token may be used for. A token is an
// access token of a session, or a personal access token, which is exchanged for
// an access token first. The services behind the gateway check it again.
package authentication

import (
	"context"
	"net/http"
	"strings"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/user"
)

// Challenge is the WWW-Authenticate header of a response to a request without a
// valid token.
const Challenge = `Bearer realm="todokit"`

// Verifier checks access tokens; *token.Verifier is one.
type Verifier interface {
	// Verify returns errs.ErrUnauthenticated for a token that is not valid, and
	// errs.ErrUnavailable while it has nothing to check it with.
	Verify(ctx context.Context, raw string) (token.Claims, error)
}

// Options of an Authenticator.
type Options struct {
	Verifier Verifier
	// Exchange is the user service's exchange of a personal access token.
	Exchange        func(ctx context.Context, secret string) (user.AccessToken, error)
	ExchangeLimiter *loadshed.Limiter // of exchanges; nil: no limit
	ExchangeTimeout time.Duration     // of an exchange; 0: no limit
	Now             func() time.Time
}

// Authenticator checks the tokens of requests.
type Authenticator struct {
	verifier  Verifier
	exchanger *tokenExchanger
}

// New returns an Authenticator.
func New(o Options) *Authenticator {
	return &Authenticator{verifier: o.Verifier, exchanger: newTokenExchanger(o)}
}

// Caller is who sends a request, and what their token may be used for.
type Caller struct {
	user.Caller

	Scopes token.Scopes
}

type callerKey struct{}

// CallerOf returns who sends the request of the context, the zero Caller for a
// request that was not authenticated.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Authenticate is a middleware that checks the token. The context of the
// request then has the Caller, and the access token for calls of the services.
// Returns errs.ErrUnauthenticated without a valid token, and what an exchange
// returns.
func (a *Authenticator) Authenticate(next rest.Handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		raw, claims, err := a.identify(r, bearer(r.Header))
		if err != nil {
			return err
		}
		rest.SetUser(ctx, claims.UserID.String())
		caller := Caller{Caller: user.Caller{UserID: claims.UserID, SessionID: claims.SessionID}, Scopes: claims.Scopes}
		ctx = context.WithValue(token.WithBearer(ctx, raw), callerKey{}, caller)
		return next(w, r.WithContext(ctx))
	}
}

// identify returns the access token for a credential, and what it says.
func (a *Authenticator) identify(r *http.Request, credential string) (raw string, c token.Claims, err error) {
	if user.IsPersonal(credential) {
		return a.exchanger.identify(r.Context(), rest.AddressKey(r), credential)
	}
	c, err = a.verifier.Verify(r.Context(), credential)
	return credential, c, err
}

// RequireScope returns a middleware that returns errs.ErrForbidden unless the
// caller's token has the scope.
func RequireScope(scope token.Scopes) func(rest.Handler) rest.Handler {
	return func(next rest.Handler) rest.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if !CallerOf(r.Context()).Scopes.Has(scope) {
				w.Header().Set("WWW-Authenticate", Challenge+`, error="insufficient_scope", scope="`+scope.String()+`"`)
				return errs.ErrForbidden
			}
			return next(w, r)
		}
	}
}

// bearer returns the token of the Authorization header (RFC 6750, 2.1), or ""
// if there is none, or more than one.
func bearer(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, raw, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.Trim(raw, " ")
}
