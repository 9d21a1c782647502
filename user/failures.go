package user

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"
)

// How wrong passwords are throttled. The rules are in loginthrottle.go.
const (
	FreeAccountFailures = 10  // in FailureWindow
	FreeAddressFailures = 100 // in FailureWindow
	FailureWindow       = 15 * time.Minute
	FirstDelay          = 5 * time.Second // doubled by each further failure
	LongestDelay        = 15 * time.Minute
	// KnownLife is how long an address is remembered from which an account was
	// signed in to.
	KnownLife = 90 * 24 * time.Hour
)

// FailureKey names a counter. It is a hash: what was typed as a name may have
// been a password.
type FailureKey [sha256.Size]byte

func failureKey(parts ...string) FailureKey {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// Failures is a counter of wrong passwords.
type Failures struct {
	Key     FailureKey
	Count   int
	Since   time.Time // UTC, the first that counts
	Until   time.Time // UTC; before that no attempt is allowed
	Expires time.Time // UTC; it may be forgotten then
}

// Fail returns the counter after a failure.
func (f Failures) Fail(now time.Time, free int) Failures {
	if !now.Before(f.forgiven()) {
		f.Count, f.Since, f.Until = 0, now, now
	}
	f.Count++
	if over := f.Count - free; over >= 0 {
		f.Until = now.Add(min(FirstDelay<<min(over, 10), LongestDelay))
	}
	if f.Expires.Before(f.forgiven()) {
		f.Expires = f.forgiven()
	}
	return f
}

// forgiven is when counting starts anew: a while after the first failure, or
// after the last delay, so that waiting for its end does not buy free ones.
func (f Failures) forgiven() time.Time {
	if f.Until.After(f.Since) {
		return f.Until.Add(FailureWindow)
	}
	return f.Since.Add(FailureWindow)
}

// network is what an attacker cannot change at will: the address, or of IPv6
// the 64 bits that a subscriber is given. Empty for an unknown address.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
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
