package user

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Admission says who may register. The zero value lets everyone.
type Admission struct {
	Closed bool
	Codes  []string // if there are any, one of them is needed
}

// admit returns ErrRegistrationClosed or ErrBadInvitation to those who may not.
func (a Admission) admit(code string) error {
	if a.Closed {
		return ErrRegistrationClosed
	}
	given, right := sha256.Sum256([]byte(code)), 0
	for _, c := range a.Codes { // all of them, so that the time tells nothing
		known := sha256.Sum256([]byte(c))
		right |= subtle.ConstantTimeCompare(given[:], known[:])
	}
	if len(a.Codes) > 0 && right == 0 {
		return ErrBadInvitation
	}
	return nil
}
