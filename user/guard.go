package user

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
)

// gate decides whether a password may be tried, and remembers what came of it.
//
// An account has a counter for strangers, and so has an address. Where the
// account was signed in to from an address before, that pair has a counter of
// its own instead of both, so that a stranger who closes them does not keep
// the owner out. Nothing tells whether there is such an account: a name that
// nobody has is counted in the same way.
//
// Failures are counted after the password was looked at, and an attempt that
// finds the gate closed by then is not answered: of many guesses at the same
// moment no more are answered than of as many in a row.
type gate struct {
	limits []FailureLimit // the counters that matter
	known  FailureKey     // the counter of the account at this address; zero: no address is known
	keys   []FailureKey   // what has to be read
}

func signInGate(name, address string) gate {
	account := FailureLimit{failureKey("account", name), FreeAccountFailures}
	g := gate{limits: []FailureLimit{account}, keys: []FailureKey{account.Key}}
	if at := network(address); at != "" {
		g.known = failureKey("known", name, at)
		g.limits = append(g.limits, FailureLimit{failureKey("address", at), FreeAddressFailures})
		g.keys = append(g.keys, g.limits[1].Key, g.known)
	}
	return g
}

// confirmGate is for one who is signed in and gives the password once more.
func confirmGate(id ulid.ULID) gate {
	limit := FailureLimit{failureKey("confirm", id.String()), FreeAccountFailures}
	return gate{limits: []FailureLimit{limit}, keys: []FailureKey{limit.Key}}
}

// enter returns ErrThrottled while the gate is closed.
func (r *rules) enter(ctx context.Context, g *gate) error {
	_, err := r.look(ctx, g)
	return err
}

// look is enter, for one who needs what was read.
func (r *rules) look(ctx context.Context, g *gate) ([]Failures, error) {
	all, err := r.Failures.Failures(ctx, g.keys)
	if err != nil {
		return nil, err
	}
	now := r.now()
	if _, ok := find(all, g.known, now); ok {
		g.limits = []FailureLimit{{g.known, FreeAccountFailures}}
	}
	var until time.Time
	for _, limit := range g.limits {
		if f, ok := find(all, limit.Key, now); ok && f.Until.After(until) {
			until = f.Until
		}
	}
	return all, throttled(until, now)
}

// throttled returns nil for a time that is over.
func throttled(until, now time.Time) error {
	if !until.After(now) {
		return nil
	}
	return ErrThrottled.WithRetryAfter(until.Sub(now))
}

// failed counts a wrong password. Returns ErrThrottled if others have closed
// the gate meanwhile.
func (r *rules) failed(ctx context.Context, g gate) error {
	now := r.now()
	until, err := r.Failures.CountFailure(ctx, FailureCount{Limits: g.limits, Now: now})
	if err != nil {
		return err
	}
	return throttled(until, now)
}

// succeeded forgives the account, and remembers the address. Returns
// ErrThrottled as failed.
func (r *rules) succeeded(ctx context.Context, g gate) error {
	all, err := r.look(ctx, &g)
	if err != nil {
		return err
	}
	now := r.now()
	first := g.limits[0].Key // the account's, or the pair's, never the address's alone
	if _, ok := find(all, first, now); ok && first != g.known {
		if _, err := r.Failures.ForgetFailures(ctx, first); err != nil {
			return err
		}
	}
	known, _ := find(all, g.known, now)
	if g.known == (FailureKey{}) || known.Count == 0 && known.Expires.Sub(now) > KnownLife-24*time.Hour {
		return nil
	}
	_, err = r.Failures.SaveFailures(ctx, Failures{Key: g.known, Since: now, Until: now, Expires: now.Add(KnownLife)})
	return err
}
