package errs

import (
	"context"
	"errors"
)

// The errors that any service can return. Those of a domain live in its package.
var (
	ErrInternal        = New(Internal, "INTERNAL", "Something went wrong on our side.")
	ErrInvalid         = New(InvalidArgument, "INVALID_ARGUMENT", "The request has invalid fields.")
	ErrUnauthenticated = New(Unauthenticated, "UNAUTHENTICATED", "A valid access token is needed.")
	ErrForbidden       = New(PermissionDenied, "PERMISSION_DENIED", "This token does not allow the operation.")
	ErrUnavailable     = New(Unavailable, "UNAVAILABLE", "The service is temporarily unavailable.")
	ErrOverloaded      = New(Unavailable, "OVERLOADED", "The service has more work than it can take now.")
	ErrTooManyAtOnce   = New(ResourceExhausted, "TOO_MANY_AT_ONCE", "There is too much in work for you at the same time.")
	ErrDeadline        = New(DeadlineExceeded, "DEADLINE_EXCEEDED", "The request took too long.")
	ErrCancelled       = New(Cancelled, "CANCELLED", "The caller went away.")
	ErrStaleVersion    = New(FailedPrecondition, "STALE_VERSION", "It was changed since you read it.")
	// ErrOutcomeUnknown is for a repeated write whose first attempt may or may not
	// have taken effect: another write has changed the row since.
	ErrOutcomeUnknown = New(Unavailable, "OUTCOME_UNKNOWN", "It is not known whether the change was made; read it again.")
)

// Catalogue lists the errors of this package, for translations and tests.
func Catalogue() []*Error {
	return []*Error{
		ErrInternal, ErrInvalid, ErrUnauthenticated, ErrForbidden, ErrUnavailable,
		ErrOverloaded, ErrTooManyAtOnce, ErrDeadline, ErrCancelled, ErrStaleVersion, ErrOutcomeUnknown,
	}
}

// fromContext returns the error for what the standard library returns when a
// context ends, and ErrInternal for everything else.
func fromContext(err error) *Error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ErrDeadline.Wrap(err)
	case errors.Is(err, context.Canceled):
		return ErrCancelled.Wrap(err)
	default:
		return ErrInternal.Wrap(err)
	}
}
