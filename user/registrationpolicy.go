package user

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
)

// RegistrationPolicy says who may register, and how often. The zero value allows
// everyone everything.
type RegistrationPolicy struct {
	Closed bool
	Codes  []string // if there are any, one of them is needed
	// PerAddress and Total are how many may register in FailureWindow, from one
	// address (IPv6: /64) and in all, before each further one has to wait; 0: any
	// number.
	PerAddress, Total int
}

// allow returns ErrRegistrationClosed or ErrBadInvitation to those who may not.
func (p RegistrationPolicy) allow(code string) error {
	if p.Closed {
		return ErrRegistrationClosed
	}
	given, right := sha256.Sum256([]byte(code)), 0
	for _, c := range p.Codes { // all of them, so that the time tells nothing
		known := sha256.Sum256([]byte(c))
		right |= subtle.ConstantTimeCompare(given[:], known[:])
	}
	if len(p.Codes) > 0 && right == 0 {
		return ErrBadInvitation
	}
	return nil
}

// limits returns the counters of registrations. That of all never asks for more than
// the first delay: somebody with many addresses must not keep all others out.
func (p RegistrationPolicy) limits(address string) (limits []FailureLimit) {
	if p.Total > 0 {
		limits = append(limits, FailureLimit{Key: failureKey("registrations"), Free: p.Total, Longest: FirstDelay})
	}
	if at := network(address); at != "" && p.PerAddress > 0 {
		limits = append(limits, FailureLimit{Key: failureKey("registrations", at), Free: p.PerAddress})
	}
	return limits
}

// countRegistration counts an attempt to register, or returns
// ErrTooManyRegistrations. It comes before the password is hashed, since hashes are
// what a flood of registrations would take from others.
func (s *service) countRegistration(ctx context.Context, address string) error {
	count := FailureCount{Limits: s.Registration.limits(address)}
	if len(count.Limits) == 0 {
		return nil
	}
	var err error
	if count.Now, err = s.storeNow(ctx); err != nil {
		return err
	}
	keys := make([]FailureKey, len(count.Limits))
	for i, l := range count.Limits {
		keys[i] = l.Key
	}
	all, err := s.Failures.Failures(ctx, keys) // takes no lock, which a flood would wait for
	if err != nil {
		return err
	}
	wait := count.Wait(all)
	if wait == 0 {
		wait, err = s.Failures.CountFailure(ctx, count)
	}
	if err != nil || wait == 0 {
		return err
	}
	return s.auditFailure(ctx, ErrTooManyRegistrations.WithRetryAfter(wait), Event{Address: address})
}
