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

// instrument serves requests with a handler, and counts, times and logs them.
func (e *Edge) instrument(template string, h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{requestID: e.requestID(r)}
		out := &responseRecorder{ResponseWriter: w}
		setSecurityHeaders(out.Header())
		out.Header().Set(requestIDHeader, info.requestID)
		start := e.Now()
		e.metrics.inFlight.Inc()
		defer func() { // also if the connection is cut by a panic
			took := e.Now().Sub(start)
			e.metrics.inFlight.Dec()
			out.status = cmp.Or(out.status, http.StatusOK) // the server sends it where a handler wrote nothing
			e.metrics.observe(template, methodLabel(r.Method), out.status, took)
			e.log(template, info, out, r, took)
		}()
		e.serve(h, out, r.WithContext(withRequestInfo(r.Context(), info)))
	})
}

// log writes the one line of a request. It names the template, not the path,
// and no query, body or credential.
func (e *Edge) log(template string, info *requestInfo, w *responseRecorder, r *http.Request, took time.Duration) {
	line := make([]any, 0, 20)
	line = append(line,
		"msg", "request", "request_id", info.requestID, "method", methodLabel(r.Method), "route", template,
		"status", w.status, "duration", took, "bytes", w.bytes,
	)
	if info.user != "" {
		line = append(line, "user", info.user)
	}
	if info.err != nil {
		line = append(line, "code", info.err.Code)
	}
	if cache := w.Header().Get(cacheStatus); cache != "" {
		line = append(line, "cache", cache) // there is no error to log: the response is a copy
	}
	logger := e.info
	if w.status >= http.StatusInternalServerError {
		logger = severity(e.Logger, info.err)
		line = append(line, "err", info.err)
	}
	logger.Log(line...)
}

// severity is that of a warning for what passes by itself, such as a service that
// is away or a process that starts, and is of an error for a defect.
func severity(logger log.Logger, err *errs.Error) log.Logger {
	if err != nil && (err.Kind == errs.Unavailable || err.Kind == errs.DeadlineExceeded) {
		return level.Warn(logger)
	}
	return level.Error(logger)
}

// recoverPanic turns a panic into a problem, and into a log line with its stack.
func (e *Edge) recoverPanic(w *responseRecorder, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p) // the server closes the connection
	}
	level.Error(log.With(e.Logger, "request_id", RequestID(r.Context()))).
		Log("msg", "handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	started := w.status != 0
	e.problem(w, r, errs.ErrInternal)
	if started {
		// The client must see that the response is incomplete.
		panic(http.ErrAbortHandler)
	}
}
