package authentication

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/token"
	"todokit/user"
)

const (
	// maxExchanged bounds the access tokens that are kept, to some ten megabytes.
	maxExchanged = 10_000
	// renewBefore is how long before its end an access token is replaced, so
	// that it does not end on its way to a service.
	renewBefore = time.Minute
)

// tokenExchanger turns personal access tokens into access tokens, which are all
// that the services see. What the user service gave for one is kept for as long
// as it is valid, by the SHA-256 of the secret; whether it was revoked is asked
// of the verifier each time.
type tokenExchanger struct {
	exchange func(ctx context.Context, secret string) (user.AccessToken, error)
	verifier Verifier
	now      func() time.Time
	limiter  *loadshed.Limiter
	timeout  time.Duration
	asking   singleflight.Group // by the SHA-256 of the secret
	kept     *otter.Cache[[sha256.Size]byte, user.AccessToken]
}

func newTokenExchanger(o Options) *tokenExchanger {
	return &tokenExchanger{
		exchange: o.Exchange, verifier: o.Verifier, now: o.Now, limiter: o.ExchangeLimiter, timeout: o.ExchangeTimeout,
		kept: otter.Must(&otter.Options[[sha256.Size]byte, user.AccessToken]{
			MaximumSize: maxExchanged,
			Executor:    func(do func()) { do() }, // no goroutines of its own
		}),
	}
}

// identify returns the access token for a secret, and what it says. Returns
// errs.ErrUnauthenticated for a secret that is none, has ended or expired, and
// what the user service returns. While that is out of reach, or is not asked
// because too many are in work here for it, a kept token serves until it expires.
func (x *tokenExchanger) identify(ctx context.Context, from loadshed.Key, secret string) (raw string, c token.Claims, err error) {
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
	fresh, err := x.askOnce(ctx, from, secret, key)
	switch {
	case err == nil:
		x.kept.Set(key, fresh)
		c, err = x.verifier.Verify(ctx, fresh.Raw)
		return fresh.Raw, c, err
	case ok && keptErr == nil && (errs.IsOutage(err) || errors.Is(err, errNotAsked)):
		return kept.Raw, c, nil
	case errs.KindOf(err) == errs.Unauthenticated:
		x.kept.Invalidate(key)
	}
	return "", token.Claims{}, err
}

// errNotAsked is in an error that the user service has not returned.
var errNotAsked = errors.New("the user service was not asked")

// askOnce makes the call. Those who come with the same secret while it is under
// way share it, and none of them ends it for the others by leaving.
func (x *tokenExchanger) askOnce(ctx context.Context, from loadshed.Key, secret string, key [sha256.Size]byte) (user.AccessToken, error) {
	done := x.asking.DoChan(string(key[:]), func() (any, error) {
		return x.askUserService(context.WithoutCancel(ctx), from, secret)
	})
	select {
	case result := <-done:
		fresh, _ := result.Val.(user.AccessToken)
		return fresh, result.Err
	case <-ctx.Done():
		return user.AccessToken{}, errs.From(ctx.Err())
	}
}

// askUserService makes the call, bounded in number and time as the work of a
// request is: the request itself has no place and no deadline yet.
func (x *tokenExchanger) askUserService(ctx context.Context, from loadshed.Key, secret string) (user.AccessToken, error) {
	if x.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.timeout)
		defer cancel()
	}
	if err := x.limiter.EnterFor(ctx, from); err != nil {
		return user.AccessToken{}, fmt.Errorf("%w: %w", errNotAsked, err)
	}
	defer x.limiter.LeaveFor(from)
	return x.exchange(ctx, secret)
}
