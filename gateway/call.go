package gateway

import (
	"context"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// call is a request that has been checked as far as all routes have in common.
type call struct {
	*http.Request
	caller user.Caller  // who asks; zero on an open route
	scopes token.Scopes // what the caller's token may be used for
	query  *rest.Query  // only parameters that the route takes
	peeked *task.Peeked // what was found before the handler; nil: nothing
}

type handler func(http.ResponseWriter, *call) error

// signedIn checks the access token, that it has the scope, and that its user
// does not ask too often.
func (g *gateway) signedIn(scope token.Scopes, h handler, parameters ...string) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		private(w)
		ctx := outgoing(r)
		raw, claims, err := g.identify(ctx, bearer(r.Header))
		if err != nil {
			return err
		}
		rest.SetUser(ctx, claims.UserID.String())
		if err := g.rates.user.take(w.Header(), claims.UserID); err != nil {
			return err
		}
		if !claims.Scopes.Has(scope) {
			w.Header().Set("WWW-Authenticate", challenge+`, error="insufficient_scope", scope="`+scope.String()+`"`)
			return errs.ErrForbidden
		}
		c := call{caller: user.Caller{UserID: claims.UserID, SessionID: claims.SessionID}, scopes: claims.Scopes}
		return c.proceed(w, r.WithContext(token.WithBearer(ctx, raw)), h, parameters)
	}
}

// identify says whose credential it is, and returns the access token to go on
// with: that of a session, or the one for which a personal access token stands.
func (g *gateway) identify(ctx context.Context, credential string) (raw string, c token.Claims, err error) {
	if user.IsPersonal(credential) {
		return g.exchanges.identify(ctx, credential)
	}
	c, err = g.Verifier.Verify(ctx, credential)
	return credential, c, err
}

func (c call) proceed(w http.ResponseWriter, r *http.Request, h handler, parameters []string) (err error) {
	if c.query, err = rest.ReadQuery(r, parameters...); err != nil {
		return err
	}
	c.Request = r
	return h(w, &c)
}

// outgoing tells the services which request is answered, and where it is from.
func outgoing(r *http.Request) context.Context {
	ctx := rpc.WithRequestID(r.Context(), rest.RequestID(r.Context()))
	return rpc.WithAddress(ctx, rest.ClientOf(r).Address())
}

// private keeps shared caches from keeping an answer, and private ones from
// giving it without having asked.
func private(w http.ResponseWriter) { w.Header().Set("Cache-Control", "private, no-cache") }

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

// id returns the id in the path, or notFound for what cannot be one.
func (c *call) id(notFound *errs.Error) (ulid.ULID, error) {
	id, err := ulid.ParseStrict(mux.Vars(c.Request)["id"])
	if err != nil {
		return ulid.ULID{}, notFound
	}
	return id, nil
}

// ifVersion returns the version that If-Match asks for, 0 for any. Only where
// several versions would do is the current one looked up. Returns errs.ErrInvalid
// for a malformed header, stale if it cannot match, and what current returns.
func (c *call) ifVersion(stale *errs.Error, current func(context.Context) (int64, error)) (int64, error) {
	condition, err := rest.IfMatch(c.Header)
	switch {
	case err != nil:
		return 0, err
	case !condition.Present || condition.Any:
		return 0, nil
	case len(condition.Versions) == 1:
		return condition.Versions[0], nil
	}
	version, err := current(c.Context())
	if err != nil {
		return 0, err
	}
	if !condition.Matches(version) {
		return 0, stale
	}
	return version, nil
}

// noContent answers that it is done.
func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// created answers with what was made, where it is, and its version.
func created(w http.ResponseWriter, location string, version int64, v any) error {
	w.Header().Set("Location", location)
	w.Header().Set("ETag", rest.ETag(version))
	return rest.WriteJSON(w, http.StatusCreated, v)
}

// changed answers with what a change made of it, and its version.
func changed(w http.ResponseWriter, version int64, v any) error {
	w.Header().Set("ETag", rest.ETag(version))
	return rest.WriteJSON(w, http.StatusOK, v)
}
