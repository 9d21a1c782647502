package rest

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"todokit/pkg/errs"
)

// Problem is the body of every response that reports an error (RFC 9457).
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Code      string  `json:"code"`
	RequestID string  `json:"request_id"`
	Errors    []Field `json:"errors,omitempty"`
}

// Field is one part of the input that was refused.
type Field struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// problem responds with err. Its cause is left for the log.
func (e *Edge) problem(w *responseRecorder, r *http.Request, err error) {
	failure := errs.From(err)
	if info := requestInfoOf(r.Context()); info != nil {
		info.err = failure
	}
	if w.status != 0 {
		return // too late: the response has begun
	}
	status := Status(failure.Kind)
	e.explain(w.Header(), r, failure)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store") // a 404 could be kept otherwise
	}
	speaker := e.languages.choose(r.Header.Get("Accept-Language"))
	w.Header().Set("Content-Language", speaker.Tag.String())
	w.Header().Add("Vary", "Accept-Language")
	body := Problem{
		Type:      e.Docs + "#" + failure.Code,
		Title:     speaker.title(failure),
		Status:    status,
		Code:      failure.Code,
		RequestID: RequestID(r.Context()),
	}
	var refused []string
	for _, f := range failure.Fields {
		message := speaker.field(f)
		body.Errors = append(body.Errors, Field{Field: f.Name, Code: f.Code, Message: message})
		refused = append(refused, f.Name+" "+message)
	}
	// Clients show the detail without checking that there is one.
	body.Detail = cmp.Or(speaker.detail(failure), strings.Join(refused, "; "), body.Title)
	// A problem has nothing in it that JSON could refuse, and a client that
	// went away cannot be told so.
	_ = write(w, "application/problem+json", status, body)
}

// explain sets the headers by which a client's library knows what to do next.
func (e *Edge) explain(h http.Header, r *http.Request, failure *errs.Error) {
	switch failure.Kind {
	case errs.Unauthenticated:
		challenge := e.Challenge
		if r.Header.Get("Authorization") != "" {
			challenge += `, error="invalid_token"` // RFC 6750, 3.1
		}
		h.Set("WWW-Authenticate", challenge)
	case errs.ResourceExhausted, errs.Unavailable:
		seconds := math.Ceil(max(failure.RetryAfter, time.Second).Seconds())
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
	case errs.TooLarge, errs.RequestTimeout:
		h.Set("Connection", "close") // the rest of the body is not read
	default:
	}
}
