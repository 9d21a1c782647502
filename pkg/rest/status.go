package rest

import (
	"net/http"

	"todokit/pkg/errs"
)

// StatusClientGone is logged where the client went away before its response. It
// is not of any standard, but widely understood (nginx).
const StatusClientGone = 499

// statuses is the one table of kinds at the HTTP edge.
var statuses = map[errs.Kind]int{
	errs.Internal:             http.StatusInternalServerError,
	errs.InvalidArgument:      http.StatusBadRequest,
	errs.Unauthenticated:      http.StatusUnauthorized,
	errs.PermissionDenied:     http.StatusForbidden,
	errs.NotFound:             http.StatusNotFound,
	errs.AlreadyExists:        http.StatusConflict,
	errs.FailedPrecondition:   http.StatusPreconditionFailed,
	errs.ResourceExhausted:    http.StatusTooManyRequests,
	errs.Unavailable:          http.StatusServiceUnavailable,
	errs.DeadlineExceeded:     http.StatusGatewayTimeout,
	errs.Cancelled:            StatusClientGone,
	errs.MethodNotAllowed:     http.StatusMethodNotAllowed,
	errs.UnsupportedMediaType: http.StatusUnsupportedMediaType,
	errs.TooLarge:             http.StatusRequestEntityTooLarge,
	errs.RequestTimeout:       http.StatusRequestTimeout,
	errs.Unprocessable:        http.StatusUnprocessableEntity,
}

// Status returns the HTTP status of a kind; 0 for one that is not in the table.
func Status(k errs.Kind) int { return statuses[k] }
