package user

import (
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// clockTolerance is how far the clocks of two processes may differ: the id of
// a mutation has the gateway's time, the row that of a user instance.
const clockTolerance = 5 * time.Second

// keptMutations is how many mutations of an account are remembered before its
// last one, at least for as long as requests are repeated.
const keptMutations = 7

// settled tells whether the mutation has been made as the account's last one.
// Returns errs.ErrStaleVersion for a version that the caller has not seen. A repeat whose
// first attempt lies beneath another write, or may do so, gets
// errs.ErrOutcomeUnknown instead of a false answer.
func settled(a Account, m Mutation, ifVersion int64) (bool, error) {
	// It was made for a caller who has long gone: it has lain in a process that
	// stood still, and may have been made elsewhere as a repeat.
	late := a.UpdateTime.After(timeOf(m.ID).Add(clockTolerance))
	switch {
	case a.Mutation == m.ID:
		return true, nil
	case ifVersion != 0 && a.Version == ifVersion:
		return false, nil
	case (m.Repeat || late) && !a.knownNotToHave(m.ID, ifVersion):
		return false, errs.ErrOutcomeUnknown
	case ifVersion != 0:
		return false, errs.ErrStaleVersion
	default:
		return false, nil
	}
}

// knownNotToHave says whether the mutation, of a version if that is not 0, is
// certainly not among those the account was made of.
func (a Account) knownNotToHave(id ulid.ULID, version int64) bool {
	if slices.Contains(a.Earlier[:], id) {
		return false
	}
	remembered, oldest := int64(1), a.Mutation
	for _, m := range a.Earlier {
		if !m.IsZero() {
			remembered, oldest = remembered+1, m
		}
	}
	return a.Version <= remembered ||
		version != 0 && a.Version-version <= remembered ||
		timeOf(oldest).Before(timeOf(id).Add(-clockTolerance))
}

// casAttempts bounds how often a write starts over because another one came
// between its read and its write.
const casAttempts = 10

// compareAndSwap does a read and a conditional write, again as long as the
// write finds the row changed (ErrConflict). Returns errs.ErrUnavailable if it
// never gets through.
func compareAndSwap[T any](attempt func() (T, error)) (T, error) {
	var err error
	for range casAttempts {
		var result T
		if result, err = attempt(); !errors.Is(err, ErrConflict) {
			return result, err
		}
	}
	var zero T
	return zero, errs.ErrUnavailable.Wrap(err)
}
