package rest

import (
	"context"
	"net/http"
	"regexp"

	"todokit/pkg/errs"
)

// exchange is what becomes known of a request while it is answered, for the
// log line at its end.
type exchange struct {
	requestID string
	user      string
	failure   *errs.Error
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// exchangeOf returns nil outside of a request.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// RequestID returns the id of the request that is being answered, or "".
func RequestID(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return x.requestID
	}
	return ""
}

// SetUser notes who asks, for the log.
func SetUser(ctx context.Context, id string) {
	if x := exchangeOf(ctx); x != nil {
		x.user = id
	}
}

const requestIDHeader = "X-Request-Id"

// saneID keeps foreign ids from forging log lines or filling disks.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID takes the client's id, where it sends a sane one, so that it can
// follow its request through our logs.
func (e *Edge) requestID(r *http.Request) string {
	if id := r.Header.Get(requestIDHeader); id != "" && saneID.MatchString(id) {
		return id
	}
	return e.NewID()
}
