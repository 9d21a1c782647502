package user

import (
	"cmp"
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"

	"todokit/pkg/ipnetwork"
)

// How wrong passwords are throttled, and registrations in the same way. The rules are
// in loginthrottle.go and registrationpolicy.go.
const (
	FreeAccountFailures = 10  // in FailureWindow
	FreeAddressFailures = 100 // in FailureWindow
	FailureWindow       = 15 * time.Minute
	FirstDelay          = 5 * time.Second // doubled by each further failure
	LongestDelay        = 15 * time.Minute
	// KnownLife is how long an address is remembered from which an account was
	// signed in to.
	KnownLife = 90 * 24 * time.Hour
	// clockTolerance is what the clocks of a database's servers may differ by.
	clockTolerance = time.Second
)

// FailureKey names a counter. It is a hash: what was typed as a name may have
// been a password.
type FailureKey [sha256.Size]byte

func failureKey(parts ...string) FailureKey {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// Failures is a counter of wrong passwords, or of registrations.
type Failures struct {
	Key     FailureKey
	Count   int
	Since   time.Time // UTC, the first that counts
	Until   time.Time // UTC; before that no attempt is allowed; zero: any is
	Expires time.Time // UTC; it may be forgotten then
}

// FailureLimit is a counter, and how many failures are free there.
type FailureLimit struct {
	Key     FailureKey
	Free    int
	Longest time.Duration // the longest delay; 0: LongestDelay
}

// delay is how long no attempt is allowed after so many failures.
func (l FailureLimit) delay(failures int) time.Duration {
	over := failures - l.Free
	if over < 0 {
		return 0
	}
	return min(FirstDelay<<min(over, 10), cmp.Or(l.Longest, LongestDelay))
}

// Wait returns how long no attempt is allowed, 0 if one is. A time that is further
// away than the delay was long comes from a clock that was ahead, and counts as
// over: nobody can say when it would be.
func (f Failures) Wait(now time.Time, l FailureLimit) time.Duration {
	wait, longest := f.Until.Sub(now), l.delay(f.Count)
	if wait <= 0 || wait > longest+clockTolerance {
		return 0
	}
	return min(wait, longest)
}

// Fail returns the counter after a failure.
func (f Failures) Fail(now time.Time, l FailureLimit) Failures {
	f = f.corrected(now, l)
	if !now.Before(f.forgiven()) {
		f.Count, f.Since, f.Until = 0, now, time.Time{}
	}
	f.Count++
	if delay := l.delay(f.Count); delay > 0 {
		f.Until = now.Add(delay)
	}
	if f.Expires.Before(f.forgiven()) {
		f.Expires = f.forgiven()
	}
	return f
}

// corrected replaces times that only a clock that was ahead can have written, so
// that the failures before are forgiven as others are.
func (f Failures) corrected(now time.Time, l FailureLimit) Failures {
	if f.Since.After(now) {
		f.Since = now
	}
	if f.Until.After(now) && f.Wait(now, l) == 0 {
		f.Until = time.Time{}
	}
	if latest := now.Add(KnownLife); f.Expires.After(latest) {
		f.Expires = latest
	}
	return f
}

// forgiven is when counting starts anew: a while after the first failure, or
// after the last delay, so that waiting for its end does not buy free ones.
func (f Failures) forgiven() time.Time {
	if f.Until.After(f.Since) { // not so when it is zero
		return f.Until.Add(FailureWindow)
	}
	return f.Since.Add(FailureWindow)
}

// network is what an attacker cannot change at will: the address, or of IPv6
// the network, as stored counters are named. Empty for an unknown address.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	n := ipnetwork.Of(a)
	if n.IsSingleIP() {
		return n.Addr().String()
	}
	return n.String()
}

// find returns the counter with that key, if it is there and has not expired.
func find(all []Failures, key FailureKey, now time.Time) (Failures, bool) {
	for _, f := range all {
		if f.Key == key && f.Expires.After(now) {
			return f, true
		}
	}
	return Failures{}, false
}
