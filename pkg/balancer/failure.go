package balancer

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"todokit/pkg/errs"
)

// failure is an error of the connection or of the instance. The breaker counts
// nothing else, and after nothing else is a call repeated.
type failure struct {
	err  error
	sent bool // the instance may have received it
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errRemoved is returned by an instance that has been removed meanwhile.
var errRemoved = errors.New("the instance was removed")

// errClosed is returned for a new instance of a Conn that is closed.
var errClosed = errors.New("the connection is closed")

// notAttempted reports whether the instance has surely not carried out the
// operation, for a reason that the next one need not have.
func notAttempted(err error) bool {
	for _, reason := range []error{gobreaker.ErrOpenState, gobreaker.ErrTooManyRequests, errRemoved, errWrongService, errMethodMissing} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// isFailure reports whether err is a failure of the instance, after an attempt
// that took so long, and may have taken up to limit, under the caller's context.
func (o Options) isFailure(ctx context.Context, err error, took, limit time.Duration) bool {
	if o.FromService(err) {
		return false
	}
	switch codeOf(err) {
	case codes.Unavailable:
		return !errors.Is(ctx.Err(), context.Canceled)
	case codes.DeadlineExceeded:
		// Below the limit it is the caller's deadline, and says nothing of the instance.
		return took >= limit
	case codes.Canceled:
		return ctx.Err() == nil // the connection was closed under the call
	default:
		return false
	}
}

// codeOf is the gRPC code of an error, also of one that an interceptor has
// already translated to the catalogue.
func codeOf(err error) codes.Code {
	if s, ok := status.FromError(err); ok {
		return s.Code()
	}
	switch errs.KindOf(err) {
	case errs.Unavailable:
		return codes.Unavailable
	case errs.DeadlineExceeded:
		return codes.DeadlineExceeded
	case errs.Cancelled:
		return codes.Canceled
	default:
		return codes.Unknown
	}
}
