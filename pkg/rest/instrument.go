package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"todokit/pkg/errs"
)

// instrument serves a handler, and counts, times and logs each request.
func (e *Edge) instrument(template string, h Handler) http.Handler {
	m := e.metrics.route(template)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &requestInfo{requestID: e.requestID(r)}
		out := &responseRecorder{ResponseWriter: w}
		setSecurityHeaders(out.Header())
		out.Header().Set(requestIDHeader, x.requestID)
		begin := e.Now()
		e.metrics.inFlight.Inc()
		defer func() { // also if the connection is cut by a panic
			took := e.Now().Sub(begin)
			e.metrics.inFlight.Dec()
			out.status = cmp.Or(out.status, http.StatusOK) // what the server sends for no answer
			m.observe(methodLabel(r.Method), out.status, took)
			e.log(template, x, out, r, took)
		}()
		e.serve(h, out, r.WithContext(withRequestInfo(r.Context(), x)))
	})
}

// log writes the one line of a request. It names the template, not the path,
// and no query, body or credential.
func (e *Edge) log(template string, x *requestInfo, w *responseRecorder, r *http.Request, took time.Duration) {
	line := make([]any, 0, 20) // room for all that may come
	line = append(line,
		"msg", "request", "request_id", x.requestID, "method", methodLabel(r.Method), "route", template,
		"status", w.status, "duration", took, "bytes", w.bytes,
	)
	if x.user != "" {
		line = append(line, "user", x.user)
	}
	if x.err != nil {
		line = append(line, "code", x.err.Code)
	}
	if cache := w.Header().Get(cacheStatus); cache != "" {
		line = append(line, "cache", cache) // what the service would have said is not known
	}
	logger := e.info
	if w.status >= http.StatusInternalServerError {
		logger = level.Error(e.Logger)
		line = append(line, "err", x.err)
	}
	logger.Log(line...)
}

// recoverPanic turns a panic into a problem, and into a log line with its stack.
func (e *Edge) recoverPanic(w *responseRecorder, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p) // the server's own way to cut a connection
	}
	level.Error(log.With(e.Logger, "request_id", RequestID(r.Context()))).
		Log("msg", "handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	started := w.status != 0
	e.problem(w, r, errs.ErrInternal)
	if started {
		// The client must see a cut answer, not one that looks whole.
		panic(http.ErrAbortHandler)
	}
}
