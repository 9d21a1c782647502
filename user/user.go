// Package user is the domain of the user service: accounts, the sessions of
// their signed-in devices, and what every service must know to trust a token
// (public keys, revoked sessions, deleted accounts). It holds the rules and
// the ports through which the world asks (Service) and through which the
// rules keep what they know (Store).
//
// It imports the standard library, the error vocabulary and the id type, and
// nothing that could be replaced: transports and stores import it.
package user

import (
	"time"

	"github.com/oklog/ulid/v2"
)

// The bounds of what a client may send.
const (
	MinName     = 3    // characters
	MaxName     = 32   // characters: letters, digits, '.', '_', '-'
	MinPassword = 8    // characters after NFC
	MaxPassword = 128  // characters after NFC
	MaxNickName = 64   // characters
	MaxSessions = 1000 // sessions in one answer, the most recently used ones

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
