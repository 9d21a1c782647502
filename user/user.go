// Package user is the domain of the user service: accounts, the sessions of
// their signed-in devices, personal access tokens, and what every service must
// know to trust a token (public keys, revoked sessions, deleted accounts). It
// holds the rules (NewService) and the ports: Service, which callers use, and
// Store, which the rules use.
//
// It imports the standard library, the error vocabulary and the id type, and
// nothing that could be replaced: transports and stores import it.
package user

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// The bounds of what a client may send.
const (
	MinName     = 3    // characters
	MaxName     = 32   // characters: letters, digits, '.', '_', '-'
	MinPassword = 8    // characters after NFC
	MaxPassword = 128  // characters after NFC
	MaxNickName = 64   // characters
	MaxSessions = 1000 // sessions of an account; there may be fewer

	MaxTokenName      = 64  // characters
	MaxPersonalTokens = 100 // personal access tokens of an account
)

// How long things live.
const (
	AccessTokenLife  = 15 * time.Minute
	RefreshTokenLife = 30 * 24 * time.Hour // since its last use
	RefreshGrace     = 10 * time.Second    // in which a spent refresh token may be repeated
)

// User is an account, as its owner sees it.
type User struct {
	ID         ulid.ULID
	Name       string    // as registered; compared by its normalised form
	NickName   string    // empty: not set
	CreateTime time.Time // UTC, milliseconds, of the id
	UpdateTime time.Time // UTC, microseconds
	Version    int64     // 1 at first, one more at each change
	Mutation   ulid.ULID // the mutation that made this version
}

// Session is a signed-in device.
type Session struct {
	ID         ulid.ULID
	Owner      ulid.ULID
	UserAgent  string    // of the request that signed in, at most 256 characters
	Address    string    // IP address of the last use, without port
	CreateTime time.Time // UTC, milliseconds, of the id
	UseTime    time.Time // UTC, of the last sign-in or refresh
	Expires    time.Time // UTC, unless it is refreshed before
}

// PersonalToken is an access token for scripts, without its secret. It counts
// as a session: the access tokens it is exchanged for bear its id.
type PersonalToken struct {
	ID         ulid.ULID
	Owner      ulid.ULID
	Parent     ulid.ULID // the personal access token it was made with; zero: a session
	Name       string
	Scopes     []Scope   // in the order of Scopes; at least one
	CreateTime time.Time // UTC, milliseconds, of the id
	UseTime    time.Time // UTC, of the last exchange, to the minute; zero: never
	Expires    time.Time // UTC; zero: never
}

// CreatedToken is a new personal access token, with the secret that is shown once.
type CreatedToken struct {
	PersonalToken
	Secret string
}

// Grant is what a sign-in or a refresh gives a device.
type Grant struct {
	AccessToken  string // signed, for AccessTokenLife
	Expires      time.Time
	RefreshToken string // opaque, to be used once
	User         User
}

// AccessToken is a signed token.
type AccessToken struct {
	Raw     string
	Expires time.Time
}

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

// Accounts are the methods about accounts.
type Accounts interface {
	// Register returns the new account. Returns errs.ErrInvalid, ErrNameTaken,
	// ErrRegistrationClosed, ErrBadInvitation, ErrTooManyRegistrations. A repeat needs the password of the
	// account that was made before, and may return ErrThrottled as SignIn does.
	Register(context.Context, Register) (User, error)
	// GetUser returns the caller's account.
	GetUser(context.Context, Caller) (User, error)
	// UpdateUser changes the set fields. Returns errs.ErrInvalid, errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown.
	UpdateUser(context.Context, UpdateUser) (User, error)
	// ChangePassword also ends every other session of the account, and every
	// personal access token but the one it is asked with. Returns
	// errs.ErrInvalid, ErrWrongPassword, ErrThrottled, errs.ErrOutcomeUnknown.
	ChangePassword(context.Context, ChangePassword) (struct{}, error)
	// DeleteUser removes the account with all that belongs to it, and ends its
	// sessions. Returns errs.ErrInvalid, ErrWrongPassword, ErrThrottled; for a
	// repeat, nothing if the account is gone.
	DeleteUser(context.Context, DeleteUser) (struct{}, error)
}

// Sessions are the methods about signed-in devices.
type Sessions interface {
	// SignIn starts a session. If the account has too many then, that which has not
	// been used for the longest time ends. Returns errs.ErrInvalid for missing fields,
	// ErrBadCredentials alike for an unknown name and a wrong password, and
	// ErrThrottled alike after too many of them.
	SignIn(context.Context, SignIn) (Grant, error)
	// Refresh spends a refresh token and returns the next. Returns
	// ErrBadRefreshToken; if the token was spent before, its session is ended.
	Refresh(context.Context, Refresh) (Grant, error)
	// ListSessions returns the caller's sessions, the last used first.
	ListSessions(context.Context, Caller) ([]Session, error)
	// EndSessions ends one or all of the caller's sessions. Returns
	// ErrSessionNotFound for one that is not the caller's, unless the mutation
	// is a repeat, and errs.ErrOutcomeUnknown for a repeat by a revoked token
	// that finds sessions where all should have ended.
	EndSessions(context.Context, EndSessions) (struct{}, error)
}

// PersonalTokens are the methods about access tokens for scripts.
type PersonalTokens interface {
	// CreatePersonalToken returns the new token with its secret. One that is made
	// with another never outlives that: it expires with it unless it is asked to
	// expire earlier, and ends with it. Returns errs.ErrInvalid, ErrTokenLimit,
	// ErrScopeNotHeld.
	CreatePersonalToken(context.Context, CreatePersonalToken) (CreatedToken, error)
	// ListPersonalTokens returns the caller's tokens that have not expired, the
	// newest first.
	ListPersonalTokens(context.Context, Caller) ([]PersonalToken, error)
	// EndPersonalToken ends one of the caller's tokens, and all that were made with
	// it. Returns ErrTokenNotFound for one that is not the caller's, unless the
	// mutation is a repeat.
	EndPersonalToken(context.Context, EndPersonalToken) (struct{}, error)
	// ExchangePersonalToken returns an access token for a secret. Returns
	// errs.ErrUnauthenticated for a secret that is none, or has ended.
	ExchangePersonalToken(context.Context, string) (AccessToken, error)
}

// Caller is an account and the session it asks through.
type Caller struct{ UserID, SessionID ulid.ULID }

// Origin is where a request came from, as the gateway saw it.
type Origin struct {
	Address   string // IP address without port; may be empty
	UserAgent string // may be empty
}

// Register asks for a new account. The mutation's id is the account's as well.
type Register struct {
	Mutation   mutation.Mutation
	Name       string
	Password   string
	NickName   string
	Invitation string // the code that may be needed
	Origin     Origin
}

// UpdateUser asks for a change of the profile.
type UpdateUser struct {
	Caller
	Mutation  mutation.Mutation
	IfVersion int64 // the version that the caller has seen; 0: any
	NickName  optional.Value[string]
}

// ChangePassword asks for another password.
type ChangePassword struct {
	Caller
	Mutation     mutation.Mutation
	Current, New string
}

// DeleteUser asks to delete the account. Revoked, here and below, says that the
// caller's token has been revoked, perhaps by the attempt that this one repeats:
// then nothing is done any more, and the reply only tells whether it was done.
type DeleteUser struct {
	Caller
	Mutation mutation.Mutation
	Revoked  bool
	Password string
}

// SignIn asks for a session. SessionID is made by the caller, within a day of now.
type SignIn struct {
	SessionID ulid.ULID
	Name      string
	Password  string
	Origin    Origin
}

// Refresh asks for the next pair of tokens.
type Refresh struct {
	Token  string
	Origin Origin
}

// EndSessions asks to end one session, or with All every one.
type EndSessions struct {
	Caller
	Mutation mutation.Mutation
	Revoked  bool
	ID       ulid.ULID // the caller's own for signing out
	All      bool
}

// CreatePersonalToken asks for a personal access token. The mutation's id is the
// token's as well.
type CreatePersonalToken struct {
	Caller
	Mutation mutation.Mutation
	Held     []Scope // what the caller's own token may be used for
	Name     string
	Scopes   []Scope
	Expires  time.Time // zero: with the token it is made with, or never
}

// EndPersonalToken asks to end a personal access token.
type EndPersonalToken struct {
	Caller
	Mutation mutation.Mutation
	Revoked  bool
	ID       ulid.ULID
}
