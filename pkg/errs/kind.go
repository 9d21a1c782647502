package errs

// kindNames are stable: they cross the wire and label metrics.
var kindNames = map[Kind]string{
	Internal:             "internal",
	InvalidArgument:      "invalid_argument",
	Unauthenticated:      "unauthenticated",
	PermissionDenied:     "permission_denied",
	NotFound:             "not_found",
	AlreadyExists:        "already_exists",
	FailedPrecondition:   "failed_precondition",
	ResourceExhausted:    "resource_exhausted",
	Unavailable:          "unavailable",
	DeadlineExceeded:     "deadline_exceeded",
	Cancelled:            "cancelled",
	MethodNotAllowed:     "method_not_allowed",
	UnsupportedMediaType: "unsupported_media_type",
	TooLarge:             "too_large",
	RequestTimeout:       "request_timeout",
	Unprocessable:        "unprocessable",
}

// String returns the kind's stable name.
func (k Kind) String() string { return kindNames[k] }

// ParseKind returns the kind with that name.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return k, true
		}
	}
	return Internal, false
}
