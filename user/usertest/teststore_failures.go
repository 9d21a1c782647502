package usertest

import (
	"crypto/rand"
	"testing"
	"time"

	"todokit/user"
)

func newFailureKey() (key user.FailureKey) {
	_, _ = rand.Read(key[:]) // it never fails
	return key
}

func failuresOf(t *testing.T, s user.Store, keys ...user.FailureKey) map[user.FailureKey]user.Failures {
	t.Helper()
	all, err := s.Failures(t.Context(), keys)
	noErr(t, err)
	byKey := map[user.FailureKey]user.Failures{}
	for _, f := range all {
		byKey[f.Key] = f
	}
	return byKey
}

func fail(t *testing.T, s user.Store, now time.Time, limits ...user.FailureLimit) time.Duration {
	t.Helper()
	wait, err := s.CountFailure(t.Context(), user.FailureCount{Limits: limits, Now: now})
	noErr(t, err)
	return wait
}

func countFailure(t *testing.T, s user.Store) {
	now := someTime()
	one, two := user.FailureLimit{Key: newFailureKey(), Free: 2}, user.FailureLimit{Key: newFailureKey(), Free: 5}
	equal(t, len(failuresOf(t, s, one.Key, two.Key)), 0)
	for range 2 {
		equal(t, fail(t, s, now, one, two), 0)
	}
	closed := now.Add(user.FirstDelay)
	got := failuresOf(t, s, one.Key, two.Key, newFailureKey())
	equal(t, len(got), 2)
	equal(t, got[one.Key], user.Failures{Key: one.Key, Count: 2, Since: now, Until: closed, Expires: closed.Add(user.FailureWindow)})
	equal(t, got[two.Key], user.Failures{Key: two.Key, Count: 2, Since: now, Expires: now.Add(user.FailureWindow)})

	// One is closed: neither counts.
	equal(t, fail(t, s, now.Add(time.Second), two, one), user.FirstDelay-time.Second)
	equal(t, failuresOf(t, s, two.Key)[two.Key], got[two.Key])
	equal(t, fail(t, s, closed, two, one), 0)
	equal(t, failuresOf(t, s, one.Key)[one.Key].Until, closed.Add(2*user.FirstDelay))
}

func saveFailures(t *testing.T, s user.Store) {
	now := someTime()
	want := user.Failures{Key: newFailureKey(), Since: now, Expires: now.Add(time.Hour)}
	for range 2 {
		noErr(t, s.SaveFailures(t.Context(), want))
		equal(t, failuresOf(t, s, want.Key)[want.Key], want)
		want.Count, want.Until = 3, now.Add(time.Minute)
	}
	for range 2 {
		noErr(t, s.ForgetFailures(t.Context(), want.Key))
		equal(t, len(failuresOf(t, s, want.Key)), 0)
	}
}

func pruneFailures(t *testing.T, s user.Store) {
	old := someTime().Add(-48 * time.Hour)
	expired := user.Failures{Key: newFailureKey(), Since: old, Until: old, Expires: old}
	live := user.Failures{Key: newFailureKey(), Since: old, Until: old, Expires: someTime().Add(time.Hour)}
	for _, f := range []user.Failures{expired, live} {
		noErr(t, s.SaveFailures(t.Context(), f))
	}
	n, err := s.PruneFailures(t.Context(), old.Add(time.Hour))
	noErr(t, err)
	equal(t, n, 1)
	got := failuresOf(t, s, expired.Key, live.Key)
	equal(t, len(got), 1)
	equal(t, got[live.Key], live)
}

// countFailureConcurrent: of many at the same moment, no more are counted than are free.
func countFailureConcurrent(t *testing.T, s user.Store) {
	now := someTime()
	const free = racers - 2
	account := user.FailureLimit{Key: newFailureKey(), Free: free}
	counted := 0
	results := make([]time.Duration, racers)
	for _, err := range race(func(i int) (err error) {
		address := user.FailureLimit{Key: newFailureKey(), Free: 1000}
		results[i], err = s.CountFailure(t.Context(), user.FailureCount{Limits: []user.FailureLimit{address, account}, Now: now})
		return err
	}) {
		noErr(t, err)
	}
	for _, wait := range results {
		if wait == 0 {
			counted++
		}
	}
	equal(t, counted, free)
	equal(t, failuresOf(t, s, account.Key)[account.Key].Count, free)
}
