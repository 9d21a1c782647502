package user

import "todokit/pkg/errs"

// The errors of the user service, beside those of package errs.
var (
	ErrNameTaken       = errs.New(errs.AlreadyExists, "USER_NAME_TAKEN", "This user name is taken.")
	ErrWrongPassword   = errs.New(errs.PermissionDenied, "WRONG_PASSWORD", "The current password is wrong.")
	ErrBadCredentials  = errs.New(errs.Unauthenticated, "BAD_CREDENTIALS", "The user name or the password is wrong.")
	ErrBadRefreshToken = errs.New(errs.Unauthenticated, "BAD_REFRESH_TOKEN", "The refresh token is not valid any more.")
	ErrSessionNotFound = errs.New(errs.NotFound, "SESSION_NOT_FOUND", "There is no such session.")
	ErrTokenNotFound   = errs.New(errs.NotFound, "ACCESS_TOKEN_NOT_FOUND", "There is no such access token.")
	ErrTokenLimit      = errs.New(errs.PermissionDenied, "ACCESS_TOKEN_LIMIT", "The account has as many access tokens as it may have.")
	ErrScopeNotHeld    = errs.New(errs.PermissionDenied, "SCOPE_NOT_HELD", "An access token cannot give scopes that it does not have.")
	// ErrThrottled and ErrTooManyRegistrations are returned with the time to wait.
	ErrThrottled            = errs.New(errs.ResourceExhausted, "TOO_MANY_ATTEMPTS", "Too many attempts have failed; wait before the next one.")
	ErrTooManyRegistrations = errs.New(errs.ResourceExhausted, "TOO_MANY_REGISTRATIONS", "Too many accounts have been registered; wait before the next one.")
	ErrRegistrationClosed   = errs.New(errs.PermissionDenied, "REGISTRATION_CLOSED", "New accounts cannot be registered here.")
	ErrBadInvitation        = errs.New(errs.PermissionDenied, "BAD_INVITATION", "Registering here needs a valid invitation code.")
)

// Catalogue lists the errors of this package, for translations and tests.
func Catalogue() []*errs.Error {
	return []*errs.Error{
		ErrNameTaken, ErrWrongPassword, ErrBadCredentials,
		ErrBadRefreshToken, ErrSessionNotFound, ErrTokenNotFound, ErrTokenLimit,
		ErrScopeNotHeld, ErrThrottled, ErrTooManyRegistrations, ErrRegistrationClosed, ErrBadInvitation,
	}
}
