package user

import (
	"errors"
	"time"

	"todokit/pkg/errs"
)

// clockTolerance is how far the clocks of two processes may differ: the id of
// a mutation has the gateway's time, the row that of a user instance.
const clockTolerance = 5 * time.Second

// settled tells whether the mutation has been made before. Returns ErrStale
// for a version that the caller has not seen. A repeat that finds another
// write on top of where its own would be cannot know, and gets
// errs.ErrOutcomeUnknown instead of a false answer.
func settled(a Account, m Mutation, ifVersion int64) (bool, error) {
	switch {
	case a.Mutation == m.ID:
		return true, nil
	case m.Repeat && ifVersion > 0 && a.Version > ifVersion+1: // beneath a single one of another's there is nothing of ours
		return false, errs.ErrOutcomeUnknown
	case m.Repeat && ifVersion == 0 && a.UpdateTime.After(timeOf(m.ID).Add(-clockTolerance)):
		return false, errs.ErrOutcomeUnknown
	case ifVersion != 0 && a.Version != ifVersion:
		return false, ErrStale
	default:
		return false, nil
	}
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
