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
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether the password has the hash. An empty hash, for an
	// unknown account, takes as long as any and is never right. Returns
	// errs.ErrOverloaded when too many are waiting.
	Verify(ctx context.Context, check PasswordCheck) (bool, error)
}

// PasswordCheck is a password and the hash it should have.
type PasswordCheck struct{ Password, Hash string }

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

// AccessToken is a signed token.
type AccessToken struct {
	Raw     string
	Expires time.Time
}

// Deps is what the rules stand on.
type Deps struct {
	Accounts       AccountStore
	Sessions       SessionStore
	PersonalTokens PersonalTokenStore
	Failures       FailureStore
	Passwords      Passwords
	Tokens         Tokens
	Admission      Admission
	// NameKey returns the form by which names are compared, or an error for
	// one that cannot be a name.
	NameKey func(name string) (string, error)
	// PreparePassword returns the one spelling (NFC) of the many that look alike.
	PreparePassword func(password string) string
	// IsCommon says whether a password (prepared already) is among those that
	// are guessed first.
	IsCommon func(password string) bool
	Now      func() time.Time
	// Audit is told what an operator may have to look up later; nil: nobody is.
	Audit func(context.Context, Event)
}

type rules struct{ Deps }

// NewService returns the rules of the user service.
func NewService(deps Deps) Service { return &rules{deps} }

func (r *rules) audit(ctx context.Context, e Event) {
	if r.Audit != nil {
		r.Audit(ctx, e)
	}
}

// auditFailure tells of a password that was wrong, or not looked at, and
// returns the error. Other errors are for other logs.
func (r *rules) auditFailure(ctx context.Context, err error, e Event) error {
	switch {
	case errors.Is(err, ErrThrottled):
		e.Kind = EventThrottled
		r.audit(ctx, e)
	case errors.Is(err, ErrBadCredentials), errors.Is(err, ErrWrongPassword):
		r.audit(ctx, e)
	}
	return err
}

// now is the time in the precision that stores keep.
func (r *rules) now() time.Time { return r.Now().UTC().Truncate(time.Microsecond) }

// revokedUntil is when a token issued until now has surely expired everywhere.
func (r *rules) revokedUntil() time.Time { return r.now().Add(AccessTokenLife + TokenSlack) }

// account returns the caller's account, errs.ErrUnauthenticated if it is gone.
func (r *rules) account(ctx context.Context, id ulid.ULID) (Account, error) {
	a, err := r.Accounts.AccountByID(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Account{}, errs.ErrUnauthenticated.Wrap(err)
	}
	return a, err
}

// timeOf returns the time in an id.
func timeOf(id ulid.ULID) time.Time { return ulid.Time(id.Time()).UTC() }
