package rest

import (
	"context"
	"net/http"
	"regexp"

	"todokit/pkg/errs"
)

// requestInfo is what becomes known of a request while it is handled, for the
// log line at its end.
type requestInfo struct {
	requestID string
	user      string
	err       *errs.Error
}

type requestInfoKey struct{}

func withRequestInfo(ctx context.Context, x *requestInfo) context.Context {
	return context.WithValue(ctx, requestInfoKey{}, x)
}

// requestInfoOf returns nil outside of a request.
func requestInfoOf(ctx context.Context) *requestInfo {
	x, _ := ctx.Value(requestInfoKey{}).(*requestInfo)
	return x
}

// RequestID returns the id of the request that is being handled, or "".
func RequestID(ctx context.Context) string {
	if x := requestInfoOf(ctx); x != nil {
		return x.requestID
	}
	return ""
}

// SetUser sets the user of the request, for its log line.
func SetUser(ctx context.Context, id string) {
	if x := requestInfoOf(ctx); x != nil {
		x.user = id
	}
}

const requestIDHeader = "X-Request-Id"

// validRequestID keeps foreign ids from forging log lines or filling disks.
var validRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the client's id, where it sends a valid one, so that it can
// follow its request through our logs.
func (e *Edge) requestID(r *http.Request) string {
	if id := r.Header.Get(requestIDHeader); id != "" && validRequestID.MatchString(id) {
		return id
	}
	return e.NewID()
}
