package user_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/user"
)

// offsets are what a clock may be wrong by.
var offsets = map[string]time.Duration{
	"3 s ahead": 3 * time.Second, "3 s behind": -3 * time.Second,
	"10 min ahead": 10 * time.Minute, "10 min behind": -10 * time.Minute,
	"2 days ahead": 48 * time.Hour, "2 days behind": -48 * time.Hour,
	"3 years ahead": 3 * 365 * 24 * time.Hour, "3 years behind": -3 * 365 * 24 * time.Hour,
}

// instance is another instance over the store of f, whose clock is wrong.
type instance struct {
	svc    user.Service
	f      *fixture
	offset time.Duration
}

func (f *fixture) instance(t *testing.T, offset time.Duration, storeNow user.Clock) instance {
	t.Helper()
	other := newFixture(t, func(d *user.Deps) {
		d.Accounts, d.Sessions, d.PersonalTokens, d.Failures = f.store, f.store, f.store, f.store
		d.Now = func() time.Time { return f.clock.Now().Add(offset) }
		d.StoreNow = storeNow
	})
	return instance{other.svc, f, offset}
}

// signIn tries a password from an address, with a session id of the instance's time.
func (i instance) signIn(t *testing.T, password, address string) error {
	t.Helper()
	i.f.clock.Add(i.offset)
	in := i.f.credentials(i.f.clock.NewID(), password)
	i.f.clock.Add(-i.offset)
	in.Origin.Address = address
	_, err := i.svc.SignIn(t.Context(), in)
	return err
}

const (
	knownAddress = "192.0.2.7"
	otherAddress = "198.51.100.9"
)

func TestLoginThrottle_ClocksDiffer_RightPasswordIsTaken(t *testing.T) {
	t.Parallel()
	for name, offset := range offsets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			instances := []instance{f.instance(t, offset, nil), f.instance(t, 0, nil)}
			for n := range 12 {
				if err := instances[n%2].signIn(t, "Pässwort", knownAddress); err != nil {
					t.Fatalf("sign-in %d: %v", n, err)
				}
				if n == 6 { // one failure is free
					_ = instances[0].signIn(t, "wrong", knownAddress)
				}
			}
		})
	}
}

// A clock that was wrong while somebody guessed is put right.
func TestLoginThrottle_ClockPutRight_NobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	for name, offset := range offsets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			wrong, right := f.instance(t, offset, nil), f.instance(t, 0, nil)
			if err := wrong.signIn(t, "Pässwort", knownAddress); err != nil {
				t.Fatal(err)
			}
			for range user.FreeAccountFailures + 5 {
				for _, address := range []string{knownAddress, otherAddress} {
					_ = wrong.signIn(t, "wrong", address)
				}
				f.clock.Add(20 * time.Second)
			}
			for _, address := range []string{knownAddress, otherAddress} {
				err := right.signIn(t, "Pässwort", address)
				if errors.Is(err, user.ErrThrottled) && errs.From(err).RetryAfter <= user.LongestDelay {
					f.clock.Add(errs.From(err).RetryAfter)
					err = right.signIn(t, "Pässwort", address)
				}
				if err != nil {
					t.Fatalf("from %s: %v", address, err)
				}
			}
			answered := 0 // and guessing is as slow as ever
			for range 3 * user.FreeAccountFailures {
				if err := right.signIn(t, "wrong", "203.0.113.8"); errors.Is(err, user.ErrBadCredentials) {
					answered++
				} else if wait := errs.From(err).RetryAfter; !errors.Is(err, user.ErrThrottled) || wait > user.LongestDelay {
					t.Fatal(err)
				}
			}
			if answered > user.FreeAccountFailures {
				t.Errorf("%d guesses were answered", answered)
			}
		})
	}
}

// By one clock of the store, instances whose own are wrong count together.
func TestLoginThrottle_StoreClock_InstancesCountTogether(t *testing.T) {
	t.Parallel()
	for name, offset := range offsets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			storeNow := func(context.Context) (time.Time, error) { return f.clock.Now(), nil }
			instances := []instance{f.instance(t, offset, storeNow), f.instance(t, 0, storeNow)}
			for n := range 2 * user.FreeAccountFailures {
				want := user.ErrBadCredentials
				if n >= user.FreeAccountFailures {
					want = user.ErrThrottled
				}
				if err := instances[n%2].signIn(t, "wrong", otherAddress); !errors.Is(err, want) {
					t.Fatalf("guess %d: got %v, want %v", n, err, want)
				}
			}
		})
	}
}

// By that clock, a refresh at one instance and its repeat at another are seconds apart,
// and no session has expired.
func TestService_StoreClock_RefreshByInstancesWithOtherClocks(t *testing.T) {
	t.Parallel()
	for name, offset := range offsets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			storeNow := func(context.Context) (time.Time, error) { return f.clock.Now(), nil }
			instances := []instance{f.instance(t, offset, storeNow), f.instance(t, 0, storeNow)}
			for n := range 6 {
				f.clock.Add(time.Hour)
				var next [2]string
				for i := range next { // the second is a repeat
					g, err := instances[(n+i)%2].svc.Refresh(t.Context(), user.Refresh{Token: f.grant.RefreshToken})
					if err != nil {
						t.Fatalf("refresh %d: %v", n, err)
					}
					next[i] = g.RefreshToken
					f.clock.Add(time.Second)
				}
				if next[0] != next[1] {
					t.Fatalf("refresh %d and its repeat gave different tokens", n)
				}
				f.grant.RefreshToken = next[0]
			}
		})
	}
}

func TestService_StoreClockAway_RefusesSignIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) {
		d.StoreNow = func(context.Context) (time.Time, error) { return time.Time{}, errs.ErrUnavailable }
	})
	if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "Pässwort")); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
}

func TestFailures_Wait_NotLongerThanItsDelay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	limit := user.FailureLimit{Free: 10}
	for name, c := range map[string]struct {
		count       int
		until, want time.Duration // from now
	}{
		"over":                   {10, -time.Microsecond, 0},
		"now":                    {10, 0, 0},
		"the first delay":        {10, 5 * time.Second, 5 * time.Second},
		"the rest of it":         {10, time.Second, time.Second},
		"servers a little off":   {10, 5*time.Second + 20*time.Millisecond, 5 * time.Second},
		"further than it was":    {10, 7 * time.Second, 0},
		"the second delay":       {11, 10 * time.Second, 10 * time.Second},
		"free ones have none":    {9, 3 * time.Second, 0},
		"a success has none":     {0, 3 * time.Second, 0},
		"the longest":            {1000, user.LongestDelay, user.LongestDelay},
		"two days":               {1000, 48 * time.Hour, 0},
		"longer than a Duration": {1000, 1<<63 - 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := user.Failures{Count: c.count, Until: now.Add(c.until)}
			if got := f.Wait(now, limit); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
