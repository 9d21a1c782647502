package user

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// Passwords turns passwords into hashes that are slow to guess.
type Passwords interface {
	// Hash returns errs.ErrOverloaded when too many are waiting.
	Hash(context.Context, NewPassword) (string, error)
	// Verify says whether the password has the hash. An empty hash, for an
	// unknown account, takes as long as any and is never right. Returns
	// errs.ErrOverloaded when too many are waiting.
	Verify(context.Context, PasswordCheck) (bool, error)
}

// Priority says which of those that wait for a hash goes first: the greater.
type Priority int

// The priorities.
const (
	PriorityRegister Priority = iota // anybody
	PrioritySignIn                   // from an address from which the account was not signed in to before
	PriorityKnown                    // from one from which it was, or by somebody who is signed in
)

// NewPassword is a password to be hashed.
type NewPassword struct {
	Password string
	Priority Priority
}

// PasswordCheck is a password and the hash it should have.
type PasswordCheck struct {
	Password, Hash string
	Priority       Priority
}

// Tokens issues access tokens.
type Tokens interface {
	// Issue returns a token for AccessTokenLife at most. Returns
	// errs.ErrUnavailable while no signing key has been published.
	Issue(context.Context, Issue) (AccessToken, error)
}

// Issue asks for an access token.
type Issue struct {
	Caller
	Scopes []Scope
	Until  time.Time // it must have expired by then; zero: whenever
}

// Deps are what the rules need.
type Deps struct {
	Accounts       AccountStore
	Sessions       SessionStore
	PersonalTokens PersonalTokenStore
	Failures       FailureStore
	Passwords      Passwords
	Tokens         Tokens
	Registration   RegistrationPolicy
	SessionLimit   int // most sessions of an account; 0: MaxSessions
	// NameKey returns the form by which names are compared, or an error for
	// one that cannot be a name.
	NameKey func(name string) (string, error)
	// FormerNameKey returns the form by which an earlier version compared them;
	// nil: there was none.
	FormerNameKey func(name string) (string, error)
	// PreparePassword returns the one spelling (NFC) of the many that look alike.
	PreparePassword func(password string) string
	// IsCommon says whether a password (prepared already) is among those that
	// are guessed first.
	IsCommon func(password string) bool
	// GuessForm returns what a text is for somebody who guesses: its case, its
	// width and blanks around it make no difference. nil: in lower case.
	GuessForm func(text string) string
	Now       func() time.Time
	// StoreNow is the clock of the store, the same for all instances; nil: Now.
	StoreNow Clock
	// Audit is called with what an operator may have to look up later; may be nil.
	Audit func(context.Context, Event)
}

// Clock tells the time, and may have to ask for it.
type Clock func(context.Context) (time.Time, error)

type service struct{ Deps }

// NewService returns the rules of the user service, as a Service.
func NewService(deps Deps) Service { return &service{deps} }

func (s *service) audit(ctx context.Context, e Event) {
	if s.Audit != nil {
		s.Audit(ctx, e)
	}
}

// auditFailure audits a password that was wrong, or was not compared, and
// returns the error. Other errors are for other logs.
func (s *service) auditFailure(ctx context.Context, err error, e Event) error {
	switch {
	case errors.Is(err, ErrThrottled), errors.Is(err, ErrTooManyRegistrations):
		e.Kind = EventThrottled
		s.audit(ctx, e)
	case errors.Is(err, ErrBadCredentials), errors.Is(err, ErrWrongPassword):
		s.audit(ctx, e)
	}
	return err
}

// now is the time in the precision that stores keep.
func (s *service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// storeNow is now by the clock of the store.
func (s *service) storeNow(ctx context.Context) (time.Time, error) {
	if s.StoreNow == nil {
		return s.now(), nil
	}
	now, err := s.StoreNow(ctx)
	return now.UTC().Truncate(time.Microsecond), err
}

// revokedUntil is when a token issued until now has surely expired everywhere.
func (s *service) revokedUntil() time.Time { return s.now().Add(AccessTokenLife + TokenSlack) }

// account returns the caller's account, errs.ErrUnauthenticated if it is gone.
func (s *service) account(ctx context.Context, id ulid.ULID) (Account, error) {
	a, err := s.Accounts.AccountByID(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Account{}, errs.ErrUnauthenticated.Wrap(err)
	}
	return a, err
}

// timeOf returns the time in an id.
func timeOf(id ulid.ULID) time.Time { return ulid.Time(id.Time()).UTC() }
