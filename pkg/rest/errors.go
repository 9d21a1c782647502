package rest

import "todokit/pkg/errs"

// The errors that only exist at the HTTP edge.
var (
	ErrRouteNotFound    = errs.New(errs.NotFound, "ROUTE_NOT_FOUND", "There is nothing at this address.")
	ErrMethodNotAllowed = errs.New(errs.MethodNotAllowed, "METHOD_NOT_ALLOWED", "This address does not support the method.")
	ErrMediaType        = errs.New(errs.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The body has a type that is not supported here.")
	ErrBodyTooLarge     = errs.New(errs.TooLarge, "BODY_TOO_LARGE", "The body is too large.")
	ErrBodyTooSlow      = errs.New(errs.RequestTimeout, "BODY_TOO_SLOW", "The body arrived too slowly.")
	ErrAmbiguousLength  = errs.New(errs.InvalidArgument, "AMBIGUOUS_LENGTH", "The request has a Content-Length and a Transfer-Encoding.")
	ErrMalformedBody    = errs.New(errs.InvalidArgument, "MALFORMED_BODY", "The body is not a well-formed JSON object.")
	ErrRateLimited      = errs.New(errs.ResourceExhausted, "RATE_LIMITED", "There were too many requests in a short time.")
	ErrMalformedQuery   = errs.New(errs.InvalidArgument, "MALFORMED_QUERY", "The query part of the address is malformed.")
	// ErrUnknownTag is for a precondition that no version can meet.
	ErrUnknownTag = errs.New(errs.FailedPrecondition, "UNKNOWN_ENTITY_TAG", "If-Match has no tag that this service gave; send the ETag that you read, or the version in quotes.")
)

// Catalogue lists the errors of this package, for translations and tests.
func Catalogue() []*errs.Error {
	return []*errs.Error{
		ErrRouteNotFound, ErrMethodNotAllowed, ErrMediaType, ErrBodyTooLarge, ErrBodyTooSlow, ErrAmbiguousLength,
		ErrMalformedBody, ErrMalformedQuery, ErrRateLimited, ErrUnknownTag,
	}
}
