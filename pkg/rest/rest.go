// Package rest is the HTTP edge of a JSON service, without any knowledge of
// what the service does: handlers that return errors, problem+json responses in
// the reader's language, strict decoding of bodies and queries, entity tags,
// request ids, one log line and the metrics of each request.
//
// A handler writes its response or returns an error, never both:
//
//	edge := rest.New(rest.Options{…})
//	mux.Handle("/tasks", edge.Route("/tasks", rest.Methods{http.MethodGet: list}))
package rest

import (
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/framing"
)

// Handler responds to a request, or returns the error for the client. An error
// that is not of package errs becomes an internal one.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Options configure an Edge.
type Options struct {
	Logger     log.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time // for durations
	NewID      func() string    // makes request ids; of letters and digits
	Challenge  string           // the WWW-Authenticate of a 401: `Bearer realm="…"`
	Docs       string           // page whose anchors explain the error codes: "/docs"
	// Translations other than English, which the errors bring with them.
	Translations []Translation
}

// Edge is what the routes of one HTTP service share. It is safe for concurrent use.
type Edge struct {
	Options
	metrics   *metrics
	info      log.Logger // Logger at the level info
	languages *languages
}

// New returns an Edge. It registers its metrics.
func New(o Options) *Edge {
	return &Edge{
		Options:   o,
		metrics:   newMetrics(o.Registerer),
		info:      level.Info(o.Logger),
		languages: newLanguages(o.Translations),
	}
}

// Route returns the handler of one route. The template, such as "/tasks/{id}",
// is its name in logs and metrics.
func (e *Edge) Route(template string, methods Methods) http.Handler {
	return e.instrument(template, methods.serve)
}

// NotFound returns the handler of every path that is no route.
func (e *Edge) NotFound() http.Handler {
	return e.instrument("unknown", func(http.ResponseWriter, *http.Request) error {
		return ErrRouteNotFound
	})
}

// serve runs a handler and turns its error, or its panic, into a problem.
func (e *Edge) serve(h Handler, w *responseRecorder, r *http.Request) {
	defer e.recoverPanic(w, r)
	if framing.Ambiguous(r) {
		e.problem(w, r, ErrAmbiguousLength)
		return
	}
	if err := h(w, r); err != nil {
		e.problem(w, r, err)
	}
}
