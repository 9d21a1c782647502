package user

import (
	"crypto/sha256"
	"crypto/subtle"
)

// RegistrationPolicy says who may register. The zero value allows everyone.
type RegistrationPolicy struct {
	Closed bool
	Codes  []string // if there are any, one of them is needed
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
