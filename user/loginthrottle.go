package user

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
)

// loginThrottle decides whether a password may be tried, and counts what came
// of it.
//
// An account has a counter for strangers, and so has an address. Where the
// account was signed in to from an address before, that pair has a counter of
// its own instead of both, so that a stranger who exceeds them does not keep
// the owner out. Nothing tells whether there is such an account: a name that
// nobody has is counted in the same way.
//
// Failures are counted after the password was compared, and an attempt that is
// throttled by then gets no other answer: of many guesses at the same moment no
// more are answered than of as many in a row.
//
// All times are the store's, which is one clock for all instances, whatever theirs
// show. That clock may be put right one day; see Failures.Wait.
type loginThrottle struct {
	limits []FailureLimit // the counters that matter
	known  FailureKey     // the counter of the account at this address; zero: no address is known
	keys   []FailureKey   // what has to be read
	order  Priority       // of the hash
}

func signInThrottle(name, address string) loginThrottle {
	account := FailureLimit{Key: failureKey("account", name), Free: FreeAccountFailures}
	t := loginThrottle{limits: []FailureLimit{account}, keys: []FailureKey{account.Key}, order: PrioritySignIn}
	if at := network(address); at != "" {
		t.known = failureKey("known", name, at)
		t.limits = append(t.limits, FailureLimit{Key: failureKey("address", at), Free: FreeAddressFailures})
		t.keys = append(t.keys, t.limits[1].Key, t.known)
	}
	return t
}

// confirmThrottle is for one who is signed in and gives the password once more.
func confirmThrottle(id ulid.ULID) loginThrottle {
	limit := FailureLimit{Key: failureKey("confirm", id.String()), Free: FreeAccountFailures}
	return loginThrottle{limits: []FailureLimit{limit}, keys: []FailureKey{limit.Key}, order: PriorityKnown}
}

// checkThrottle returns ErrThrottled while no password may be tried.
func (s *service) checkThrottle(ctx context.Context, t *loginThrottle) error {
	_, _, err := s.readThrottle(ctx, t)
	return err
}

// readThrottle is checkThrottle, and returns the counters and the time of the store.
func (s *service) readThrottle(ctx context.Context, t *loginThrottle) ([]Failures, time.Time, error) {
	now, err := s.storeNow(ctx)
	if err != nil {
		return nil, now, err
	}
	all, err := s.Failures.Failures(ctx, t.keys)
	if err != nil {
		return nil, now, err
	}
	if _, ok := find(all, t.known, now); ok {
		t.limits, t.order = []FailureLimit{{Key: t.known, Free: FreeAccountFailures}}, PriorityKnown
	}
	return all, now, throttled(FailureCount{Limits: t.limits, Now: now}.Wait(all))
}

// throttled returns nil for nothing to wait for.
func throttled(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return ErrThrottled.WithRetryAfter(wait)
}

// noteFailure counts a wrong password. Returns ErrThrottled if the failures of
// others have used up the free ones meanwhile.
func (s *service) noteFailure(ctx context.Context, t loginThrottle) error {
	now, err := s.storeNow(ctx)
	if err != nil {
		return err
	}
	wait, err := s.Failures.CountFailure(ctx, FailureCount{Limits: t.limits, Now: now})
	if err != nil {
		return err
	}
	return throttled(wait)
}

// noteSuccess forgets the failures of the account, and remembers the address.
// Returns ErrThrottled as noteFailure.
func (s *service) noteSuccess(ctx context.Context, t loginThrottle) error {
	all, now, err := s.readThrottle(ctx, &t)
	if err != nil {
		return err
	}
	first := t.limits[0].Key // the account's, or the pair's, never the address's alone
	if _, ok := find(all, first, now); ok && first != t.known {
		if err := s.Failures.ForgetFailures(ctx, first); err != nil {
			return err
		}
	}
	known, _ := find(all, t.known, now)
	if t.known == (FailureKey{}) || known.Count == 0 && known.Expires.Sub(now) > KnownLife-24*time.Hour {
		return nil
	}
	return s.Failures.SaveFailures(ctx, Failures{Key: t.known, Since: now, Expires: now.Add(KnownLife)})
}
