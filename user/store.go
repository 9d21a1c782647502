package user

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
)

// What a store returns to the rules, beside what the ports say. These never
// reach a caller.
var (
	// ErrNotFound says that the row is not there.
	ErrNotFound = errors.New("user: not found")
	// ErrIDTaken says that the id is that of another account's row.
	ErrIDTaken = errors.New("user: id is another account's")
)

// Store keeps the data of the user service.
type Store interface {
	AccountStore
	SessionStore
	TrustStore
	PersonalTokenStore
	FailureStore
}

// Account is an account as it is kept.
type Account struct {
	User
	NameKey      string // the normalised name, by which accounts are found
	PasswordHash string
	// Earlier are the mutations before the last one, the last first; zero
	// where there was none.
	Earlier [mutation.Remembered - 1]ulid.ULID
}

// AccountStore keeps the accounts. Beside the errors named here, every method may
// return errs.ErrUnavailable, errs.ErrDeadline, errs.ErrCancelled, and errors
// that are not of the catalogue, which are defects.
type AccountStore interface {
	// CreateAccount returns ErrNameTaken if the NameKey or the id is in use.
	CreateAccount(context.Context, Account) error
	// AccountByID returns ErrNotFound.
	AccountByID(context.Context, ulid.ULID) (Account, error)
	// AccountByName finds an account by its NameKey. Returns ErrNotFound.
	AccountByName(context.Context, string) (Account, error)
	// SaveProfile replaces the nick name of the version before. Returns
	// errs.ErrStaleVersion if the account is gone or has another version.
	SaveProfile(context.Context, Account) error
	// SavePassword replaces the password hash of the version before and ends
	// the sessions and the personal access tokens except one. Returns
	// errs.ErrStaleVersion as SaveProfile.
	SavePassword(context.Context, PasswordSave) error
	// DeleteAccount removes the account and all that belongs to it, and notes
	// it in the trust log. Returns errs.ErrStaleVersion as SaveProfile.
	DeleteAccount(context.Context, AccountEnd) error
}

// PasswordSave is a new password hash, with what goes with it.
type PasswordSave struct {
	Account Account   // as it is to be; Version is one more than it was
	Keep    ulid.ULID // the session, or personal access token, that goes on
	Expires time.Time // of the log entries of the ended sessions
}

// AccountEnd is the end of an account.
type AccountEnd struct {
	ID      ulid.ULID
	Version int64     // that the account still has
	Expires time.Time // when the last of its access tokens has expired
}

// SessionStore keeps the sessions. For errors, see AccountStore.
type SessionStore interface {
	// StartSession inserts a session, or replaces the one with the same id if
	// it is the same account's: a repeated sign-in. Beyond the limit, it ends the
	// sessions that have not been used for the longest time, as EndSessions does.
	// Returns ErrNotFound if the account is gone or has another password hash,
	// ErrIDTaken if the id is that of another account's session.
	StartSession(context.Context, SessionStart) error
	// SessionByID returns ErrNotFound. It is the one read that names no owner:
	// a refresh token's family secret has yet to prove who asks.
	SessionByID(context.Context, ulid.ULID) (StoredSession, error)
	// RotateSession replaces the generation before. Returns errs.ErrStaleVersion if the
	// session is gone or its generation or secret is another.
	RotateSession(context.Context, StoredSession) error
	// SessionsOf returns the account's sessions that have not expired, the
	// last used first, at most MaxSessions.
	SessionsOf(context.Context, SessionQuery) ([]Session, error)
	// EndSessions removes sessions, notes them in the trust log as Revocations,
	// and returns how many there were.
	EndSessions(context.Context, SessionsEnd) (int, error)
	// PruneSessions removes sessions that expired before the time, at most
	// PruneBatch of them, and returns how many.
	PruneSessions(context.Context, time.Time) (int, error)
}

// PruneBatch bounds the rows that one pruning transaction removes, so that it
// holds its locks for a short time.
const PruneBatch = 1000

// StoredSession is a session as it is kept. See refreshToken for the secrets:
// only their SHA-256 is here.
type StoredSession struct {
	Session
	Generation uint32   // how often it has been refreshed
	Family     [32]byte // hash of the secret that all its tokens carry
	Secret     [32]byte // hash of the current generation's secret
	Previous   [32]byte // hash of the generation's before; zero for the first
	Salt       [32]byte // from which, and the secret before, the current one was derived
}

// SessionStart is a session to be started by a password.
type SessionStart struct {
	Session      StoredSession
	PasswordHash string    // that the password was checked against
	Limit        int       // most sessions of the account, with this one; 0: MaxSessions
	Expires      time.Time // of the log entry of those that end
}

// SessionQuery asks for the sessions of an account.
type SessionQuery struct {
	Owner ulid.ULID
	Now   time.Time
}

// SessionsEnd says which sessions end.
type SessionsEnd struct {
	Owner   ulid.ULID
	ID      ulid.ULID // zero: all
	Expires time.Time // of the log entries
}

// TrustStore keeps the trust log. For errors, see AccountStore.
//
// Its sequence numbers become visible in order: once TrustHead has returned
// one, every entry up to it can be read.
type TrustStore interface {
	// TrustHead returns the greatest sequence number, 0 for an empty log.
	TrustHead(context.Context, struct{}) (uint64, error)
	// TrustEntries returns a page of the log in the order of the sequence.
	TrustEntries(context.Context, TrustQuery) ([]TrustEntry, error)
	// LiveKeys returns the entries of the public keys that have not expired by a
	// time, the newest first, at most MaxLiveKeys.
	LiveKeys(ctx context.Context, at time.Time) ([]TrustEntry, error)
	// AccountDeleted reports whether the log lists the account as deleted, and
	// there is none with that id.
	AccountDeleted(ctx context.Context, id ulid.ULID) (bool, error)
	// PublishKey adds a public key and returns its sequence number.
	PublishKey(context.Context, PublicKey) (uint64, error)
	// PruneTrust removes entries that expired before the time, except deleted
	// accounts, at most PruneBatch of them, and returns how many.
	PruneTrust(context.Context, time.Time) (int, error)
}

// MaxLiveKeys bounds the keys that are told at once. There are some for each
// instance, and one more for each restart of the last two days.
const MaxLiveKeys = 100

// TrustQuery asks for a page of the trust log.
type TrustQuery struct {
	After, UpTo uint64 // sequence numbers: after the one, up to and with the other
	Limit       int
	LiveAt      time.Time // skips entries that have expired by then
	Deletions   bool      // asks for all deleted accounts instead, and nothing else
}

// PersonalTokenStore keeps the personal access tokens. For errors, see AccountStore.
type PersonalTokenStore interface {
	// SavePersonalToken inserts a token, or replaces the one with the same id if
	// it has the same owner and parent: a repeat. Returns ErrNotFound if the
	// account, or what it is asked through, is gone, ErrIDTaken if the id is that
	// of another owner's or parent's token, and ErrTokenLimit if there are
	// MaxPersonalTokens live ones beside it.
	SavePersonalToken(context.Context, PersonalTokenSave) error
	// PersonalTokensOf returns the account's tokens that have not expired, the
	// newest first.
	PersonalTokensOf(context.Context, SessionQuery) ([]PersonalToken, error)
	// PersonalTokenBySecret finds a token by the SHA-256 of its secret. Returns
	// ErrNotFound.
	PersonalTokenBySecret(context.Context, [32]byte) (PersonalToken, error)
	// NoteTokenUse notes when a token was used. It does nothing for one that is gone.
	NoteTokenUse(context.Context, TokenUse) error
	// EndPersonalToken removes a token with its descendants, notes them in the
	// trust log as sessions, and returns how many there were.
	EndPersonalToken(context.Context, SessionsEnd) (int, error)
	// PrunePersonalTokens removes tokens that expired before the time, at most
	// PruneBatch of them, and returns how many.
	PrunePersonalTokens(context.Context, time.Time) (int, error)
}

// PersonalTokenSave is a personal access token to be kept.
type PersonalTokenSave struct {
	Token   PersonalToken
	Through ulid.ULID // its parent, or the session that asks for it
	Secret  [32]byte  // its SHA-256
	Now     time.Time
}

// WithDescendants returns the id and those of the tokens that were made with it,
// directly or through others, if it is among them.
func WithDescendants(tokens []PersonalToken, id ulid.ULID) (ids []ulid.ULID) {
	for _, t := range tokens {
		if t.ID == id {
			ids = append(ids, id)
		}
	}
	for i := 0; i < len(ids); i++ {
		for _, t := range tokens {
			if t.Parent == ids[i] && !slices.Contains(ids, t.ID) {
				ids = append(ids, t.ID)
			}
		}
	}
	return ids
}

// TokenUse says when a personal access token was used.
type TokenUse struct {
	Owner, ID ulid.ULID
	Time      time.Time
}

// FailureStore keeps how often passwords were wrong. For errors, see AccountStore.
type FailureStore interface {
	// Failures returns those of the counters that there are, in any order.
	Failures(context.Context, []FailureKey) ([]Failures, error)
	// CountFailure makes each counter what Failures.Fail makes of it, and
	// returns 0; or, if one of them allows no attempt by now, changes nothing and
	// returns FailureCount.Wait.
	CountFailure(context.Context, FailureCount) (time.Duration, error)
	// SaveFailures inserts or replaces a counter.
	SaveFailures(context.Context, Failures) error
	// ForgetFailures removes a counter, if there is one.
	ForgetFailures(context.Context, FailureKey) error
	// PruneFailures removes counters that expired before the time, at most
	// PruneBatch of them, and returns how many.
	PruneFailures(context.Context, time.Time) (int, error)
}

// FailureCount is a failure to be counted.
type FailureCount struct {
	Limits []FailureLimit
	Now    time.Time
}

// Wait returns how long one of the limits allows no attempt, 0 if all do. Of the
// counters, those that are missing do.
func (c FailureCount) Wait(all []Failures) (wait time.Duration) {
	for _, l := range c.Limits {
		if f, ok := find(all, l.Key, c.Now); ok {
			wait = max(wait, f.Wait(c.Now, l))
		}
	}
	return wait
}
