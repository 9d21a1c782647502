package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/maypok86/otter/v2"

	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/user"
)

const (
	// maxExchanges bounds the remembered exchanges, to some ten megabytes.
	maxExchanges = 10_000
	// renewBefore is how long before its end an access token is replaced, so
	// that it does not end on its way to a service.
	renewBefore = time.Minute
)

// exchanges turn personal access tokens into access tokens, which are all that
// the services see. What the user service gave for one is kept for as long as
// it is valid, and asked for its revocation each time, by the SHA-256 of the
// secret.
type exchanges struct {
	users    user.PersonalTokens
	verifier Verifier
	now      func() time.Time
	kept     *otter.Cache[[sha256.Size]byte, user.AccessToken]
}

func newExchanges(users user.PersonalTokens, verifier Verifier, now func() time.Time) *exchanges {
	return &exchanges{
		users: users, verifier: verifier, now: now,
		kept: otter.Must(&otter.Options[[sha256.Size]byte, user.AccessToken]{
			MaximumSize: maxExchanges,
			Executor:    func(do func()) { do() }, // no goroutines of its own
		}),
	}
}

// identify returns the access token for a secret, and what it says. Returns
// errs.ErrUnauthenticated for a secret that is none, has ended or expired, and
// what the user service returns. While that is out of reach, what is kept is
// good until it expires.
func (x *exchanges) identify(ctx context.Context, secret string) (raw string, c token.Claims, err error) {
	if !user.IsPersonalToken(secret) {
		return "", c, errs.ErrUnauthenticated
	}
	key := sha256.Sum256([]byte(secret))
	kept, ok := x.kept.GetIfPresent(key)
	var keptErr error
	if ok {
		c, keptErr = x.verifier.Verify(ctx, kept.Raw)
		if _, revoked := errors.AsType[*token.RevokedError](keptErr); revoked {
			return "", c, keptErr // it stays, so that nobody has to be asked the next time
		}
		if keptErr == nil && x.now().Before(kept.Expires.Add(-renewBefore)) {
			return kept.Raw, c, nil
		}
	}
	fresh, err := x.users.ExchangePersonalToken(ctx, secret)
	switch {
	case err == nil:
		x.kept.Set(key, fresh)
		c, err = x.verifier.Verify(ctx, fresh.Raw)
		return fresh.Raw, c, err
	case ok && keptErr == nil && outOfReach(err):
		return kept.Raw, c, nil
	case !outOfReach(err):
		x.kept.Invalidate(key)
	}
	return "", token.Claims{}, err
}
