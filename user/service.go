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
	// Issue returns a token for AccessTokenLife. Returns errs.ErrUnavailable
	// while no signing key has been published.
	Issue(context.Context, Caller) (AccessToken, error)
}

// AccessToken is a signed token.
type AccessToken struct {
	Raw     string
	Expires time.Time
}

// Deps is what the rules stand on.
type Deps struct {
	Accounts  AccountStore
	Sessions  SessionStore
	Passwords Passwords
	Tokens    Tokens
	// NameKey returns the form by which names are compared, or an error for
	// one that cannot be a name.
	NameKey func(name string) (string, error)
	// PreparePassword returns the one spelling (NFC) of the many that look alike.
	PreparePassword func(password string) string
	Now             func() time.Time
}

type rules struct{ Deps }

// NewService returns the rules of the user service.
func NewService(deps Deps) Service { return &rules{deps} }

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
