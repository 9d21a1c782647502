package errs

// IsOutage says whether err means that a service, or what it depends on, cannot
// be reached. A service with more work than it can take is there, and its
// clients are to hold back; one that does not know the outcome is there too.
func IsOutage(err error) bool {
	switch e := From(err); {
	case e == nil:
		return false
	case e.Kind == DeadlineExceeded:
		return true
	default:
		return e.Kind == Unavailable && e.Code != ErrOverloaded.Code && e.Code != ErrOutcomeUnknown.Code
	}
}
