package gateway

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/oklog/ulid/v2"

	"todokit/gateway/authentication"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

// request is a request that has passed the middlewares of its route.
type request struct {
	*http.Request

	caller authentication.Caller // zero on a route that needs no token
	query  *rest.Query           // only parameters that the route takes
}

// handler answers a request, as a rest.Handler does.
type handler func(http.ResponseWriter, *request) error

// handle makes a rest.Handler of a handler. Query parameters that it does not
// take are refused.
func handle(h handler, parameters ...string) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		query, err := rest.ReadQuery(r, parameters...)
		if err != nil {
			return err
		}
		return h(w, &request{Request: r, caller: authentication.CallerOf(r.Context()), query: query})
	}
}

// id returns the id in the path, or notFound for what cannot be one.
func (r *request) id(notFound *errs.Error) (ulid.ULID, error) {
	id, err := ulid.ParseStrict(mux.Vars(r.Request)["id"])
	if err != nil {
		return ulid.ULID{}, notFound
	}
	return id, nil
}

// expectedVersion returns the version that If-Match asks for, 0 for any. Only
// where it is not exactly one is the current one looked up. Returns
// errs.ErrInvalid for a malformed header, what Condition.Check says of the current
// version, and what current returns.
func (r *request) expectedVersion(current func(context.Context) (int64, error)) (int64, error) {
	condition, err := rest.IfMatch(r.Header)
	switch {
	case err != nil:
		return 0, err
	case !condition.Present || condition.Any:
		return 0, nil
	case len(condition.Versions) == 1:
		return condition.Versions[0], nil
	}
	version, err := current(r.Context())
	if err != nil {
		return 0, err
	}
	return version, condition.Check(version)
}

// noContent answers that it is done.
func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// created answers with what was made, where it is, and its ETag.
func created(w http.ResponseWriter, location string, version int64, v any) error {
	w.Header().Set("Location", location)
	return rest.WriteVersion(w, http.StatusCreated, version, v)
}

// updated answers with what a change made of it, and its ETag.
func updated(w http.ResponseWriter, version int64, v any) error {
	return rest.WriteVersion(w, http.StatusOK, version, v)
}
