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

// failure is an attempt that failed for reasons of the connection or of the
// instance. Only a failure counts for the breaker, and only after one is a call
// repeated.
type failure struct {
	err  error
	sent bool // the instance may have seen it
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errGone is returned by an instance that has been removed meanwhile.
var errGone = errors.New("the instance is gone")

// errClosed is returned for a new instance of a Conn that is closed.
var errClosed = errors.New("the connection is closed")

// refused reports whether an instance was not even tried.
func refused(err error) bool {
	return errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) || errors.Is(err, errGone)
}

// faulty reports whether err tells something about the instance, after an
// attempt that took so long, and may have taken up to limit, under the caller's
// context ctx.
func (o Options) faulty(ctx context.Context, err error, took, limit time.Duration) bool {
	if o.FromService(err) {
		return false
	}
	switch codeOf(err) {
	case codes.Unavailable:
		return !errors.Is(ctx.Err(), context.Canceled)
	case codes.DeadlineExceeded:
		// Nothing can be said of an instance that was given less than its time.
		return took >= limit
	case codes.Canceled:
		return ctx.Err() == nil // the connection was closed under the call
	default:
		return false
	}
}

// codeOf is the gRPC code of an error, whether or not an interceptor has
// already made one of the catalogue out of it.
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
