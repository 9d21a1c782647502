package user

import (
	"context"
	"time"

	"todokit/pkg/optional"

	"github.com/oklog/ulid/v2"
)

// Service is what a caller may ask. Caller, in a request, is who asks: a
// transport fills it in from a checked token, never from what the caller says.
//
// Every method may also return errs.ErrUnavailable, errs.ErrOverloaded,
// errs.ErrDeadline, errs.ErrCancelled, and errs.ErrInternal; those with a
// Caller return errs.ErrUnauthenticated if the account is gone.
type Service interface {
	Accounts
	Sessions
	PersonalTokens
}

// Accounts is the part of Service that is about accounts.
type Accounts interface {
	// Register returns the new account. Returns errs.ErrInvalid, ErrNameTaken,
	// ErrRegistrationClosed, ErrBadInvitation.
	Register(context.Context, Registration) (User, error)
	// GetUser returns the caller's account.
	GetUser(context.Context, Caller) (User, error)
	// UpdateUser changes the set fields. Returns errs.ErrInvalid, errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown.
	UpdateUser(context.Context, UserChange) (User, error)
	// ChangePassword also ends every other session of the account, and every
	// personal access token but the one it is asked with. Returns
	// errs.ErrInvalid, ErrWrongPassword, ErrThrottled, errs.ErrOutcomeUnknown.
	ChangePassword(context.Context, PasswordChange) (struct{}, error)
	// DeleteUser removes the account with all that belongs to it, and ends its
	// sessions. Returns errs.ErrInvalid, ErrWrongPassword, ErrThrottled; for a
	// repeat, nothing if the account is gone.
	DeleteUser(context.Context, Deletion) (struct{}, error)
}

// Sessions is the part of Service that is about signed-in devices.
type Sessions interface {
	// SignIn starts a session. Returns errs.ErrInvalid for missing fields,
	// ErrBadCredentials alike for an unknown name and a wrong password, and
	// ErrThrottled alike after too many of them.
	SignIn(context.Context, Credentials) (Grant, error)
	// Refresh spends a refresh token and returns the next. Returns
	// ErrBadRefreshToken; if the token was spent before, its session is ended.
	Refresh(context.Context, RefreshRequest) (Grant, error)
	// ListSessions returns the caller's sessions, the last used first.
	ListSessions(context.Context, Caller) ([]Session, error)
	// EndSessions ends one or all of the caller's sessions. Returns
	// ErrSessionNotFound for one that is not the caller's, unless the mutation
	// is a repeat, and errs.ErrOutcomeUnknown for a repeat by a revoked token
	// that finds sessions where all should have ended.
	EndSessions(context.Context, SessionEnd) (struct{}, error)
}

// PersonalTokens is the part of Service that is about access tokens for scripts.
type PersonalTokens interface {
	// CreatePersonalToken returns the new token with its secret. Returns
	// errs.ErrInvalid, ErrTokenLimit, ErrScopeNotHeld.
	CreatePersonalToken(context.Context, NewPersonalToken) (CreatedToken, error)
	// ListPersonalTokens returns the caller's tokens that have not expired, the
	// newest first.
	ListPersonalTokens(context.Context, Caller) ([]PersonalToken, error)
	// EndPersonalToken ends one of the caller's tokens. Returns ErrTokenNotFound
	// for one that is not the caller's, unless the mutation is a repeat.
	EndPersonalToken(context.Context, PersonalTokenEnd) (struct{}, error)
	// ExchangePersonalToken returns an access token for a secret. Returns
	// errs.ErrUnauthenticated for a secret that is none, or has ended.
	ExchangePersonalToken(context.Context, string) (AccessToken, error)
}

// Mutation identifies one write, so that it can be repeated when its answer
// was lost: the row remembers the last one.
type Mutation struct {
	ID ulid.ULID
	// Repeat says that an earlier attempt may have reached a service.
	Repeat bool
	// Revoked says that the caller's token has been revoked, perhaps by that
	// attempt: nothing may be done any more, but whether it was done be told.
	Revoked bool
}

// Caller is an account and the session it asks through.
type Caller struct{ UserID, SessionID ulid.ULID }

// Origin is where a request came from, as the gateway saw it.
type Origin struct {
	Address   string // IP address without port; may be empty
	UserAgent string // may be empty
}

// Registration asks for a new account. ID is minted by the caller, within a
// day of now, and is the mutation as well.
type Registration struct {
	ID       ulid.ULID
	Repeat   bool // an earlier attempt may have reached a service
	Name     string
	Password string
	NickName string
	// Invitation is the code that may be needed.
	Invitation string
}

// UserChange asks for a change of the profile. IfVersion is the version the
// caller has seen, 0 for any.
type UserChange struct {
	Caller
	Mutation  Mutation
	IfVersion int64
	NickName  optional.Value[string]
}

// PasswordChange asks for another password.
type PasswordChange struct {
	Caller
	Mutation     Mutation
	Current, New string
}

// Deletion asks to delete the account.
type Deletion struct {
	Caller
	Mutation Mutation
	Password string
}

// Credentials ask for a session. SessionID is minted by the caller, within a
// day of now.
type Credentials struct {
	SessionID ulid.ULID
	Name      string
	Password  string
	Origin    Origin
}

// RefreshRequest asks for the next pair of tokens.
type RefreshRequest struct {
	Token  string
	Origin Origin
}

// SessionEnd asks to end one session, or with All every one.
type SessionEnd struct {
	Caller
	Mutation Mutation
	ID       ulid.ULID // the caller's own for signing out
	All      bool
}

// NewPersonalToken asks for a personal access token. The mutation's id is the
// token's as well.
type NewPersonalToken struct {
	Caller
	Mutation Mutation
	Held     []Scope // what the caller's own token may be used for
	Name     string
	Scopes   []Scope
	Expires  time.Time // zero: never
}

// PersonalTokenEnd asks to end a personal access token.
type PersonalTokenEnd struct {
	Caller
	Mutation Mutation
	ID       ulid.ULID
}
