// Package mutation makes writes repeatable. A caller gives each write an id. The
// row remembers the ids of its last writes, so that a write which is sent again
// after its answer was lost is recognised, and is neither made twice nor
// refused because of itself.
//
// A write that may have been made, but of which this cannot be told any more,
// returns errs.ErrOutcomeUnknown.
package mutation

import (
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// Remembered is how many mutations of a row are remembered, the last one
// included.
const Remembered = 8

// MaxAge is how far from now, in either direction, the id of a new row or of a
// mutation may have been made.
const MaxAge = 24 * time.Hour

// clockTolerance is how far the clocks of two processes usually differ. They may
// differ by more, or jump: then a write costs a look at the history, and is not
// refused.
const clockTolerance = 5 * time.Second

// Mutation identifies one write.
type Mutation struct {
	ID     ulid.ULID
	Repeat bool // an earlier attempt may have reached a service
}

// Precondition is what a write demands of the row it changes.
type Precondition struct {
	Mutation

	IfVersion int64 // the version that the caller has seen; 0: any
}

// LastWrite is what a row tells of its last write.
type LastWrite struct {
	Mutation ulid.ULID
	Version  int64
}

// History is what a row remembers of its last writes.
type History struct {
	Version   int64       // the present one
	Mutations []ulid.ULID // the last one first, at most Remembered; fewer after some writes in bulk
}

// ValidateID notes an id that was not made within MaxAge of now: rows are
// ordered by their ids.
func ValidateID(v *errs.Validator, field string, id ulid.ULID, now time.Time) {
	if age := now.Sub(id.Timestamp()); age > MaxAge || age < -MaxAge {
		v.Add(field, errs.FieldFormat, "a ULID made within a day of now")
	}
}

// errPrecondition tells, as a cause, that it is the caller who demands another
// version. Retry would be in vain.
var errPrecondition = errors.New("the caller has seen another version")

// Check says whether the write may be made, or is the row's last one already.
// Returns errs.ErrStaleVersion if the row has another version than demanded,
// and errs.ErrOutcomeUnknown if the write may lie beneath the last one: then
// ResolveRetry can tell from the history.
func (p Precondition) Check(last LastWrite) (done bool, err error) {
	// The last write is younger. If the clocks are right, this one has lain in a
	// process that stood still, and may have been made elsewhere as a repeat.
	late := last.Mutation.Timestamp().After(p.ID.Timestamp().Add(clockTolerance))
	switch {
	case last.Mutation == p.ID:
		return true, nil
	case p.IfVersion == last.Version:
		return false, nil
	case p.IfVersion != 0 && p.Repeat && last.Version > p.IfVersion+1:
		return false, errs.ErrOutcomeUnknown
	case p.IfVersion != 0: // the one write on top of the demanded version is another's
		return false, errs.ErrStaleVersion.Wrap(errPrecondition)
	case p.Repeat, late:
		return false, errs.ErrOutcomeUnknown
	default:
		return false, nil
	}
}

// ResolveRetry decides by the row's history, at the time now, what Check could not
// decide. It returns nil if the write was not made and may be made now,
// errs.ErrStaleVersion if it was not made and the row has another version than
// demanded, and errs.ErrOutcomeUnknown if it was made beneath another write, or
// if it is a repeat and may have been made before what is remembered. A first
// attempt is made unless it is remembered: only a clock tells that it is late.
func (p Precondition) ResolveRetry(h History, now time.Time) error {
	switch {
	case slices.Contains(h.Mutations, p.ID), p.Repeat && !h.reaches(p, now):
		return errs.ErrOutcomeUnknown
	case p.IfVersion != 0:
		return errs.ErrStaleVersion.Wrap(errPrecondition)
	default:
		return nil
	}
}

// CheckVersion is the precondition of a removal, whose retry finds nothing: a row
// that is there was not removed by an earlier attempt. Returns
// errs.ErrStaleVersion if another version than the present one is demanded.
func CheckVersion(ifVersion, version int64) error {
	if ifVersion != 0 && ifVersion != version {
		return errs.ErrStaleVersion.Wrap(errPrecondition)
	}
	return nil
}

// reaches says whether every write since the first attempt of p is remembered: by
// the versions, or by a remembered mutation that was begun before p. One from a
// time to come is of a clock that was put back since, and so from before as well.
func (h History) reaches(p Precondition, now time.Time) bool {
	remembered := int64(len(h.Mutations))
	if remembered == 0 {
		return false
	}
	if h.Version <= remembered || p.IfVersion != 0 && h.Version-p.IfVersion <= remembered {
		return true
	}
	return slices.ContainsFunc(h.Mutations, func(m ulid.ULID) bool {
		at := m.Timestamp()
		return at.Before(p.ID.Timestamp().Add(-clockTolerance)) || at.After(now.Add(clockTolerance))
	})
}

// maxAttempts bounds how often Retry starts over. Each time somebody else's
// write was made.
const maxAttempts = 64

// Retry reads and writes a row, again as long as the write finds that another
// one came between: that is an errs.ErrStaleVersion which is not of Check or
// ResolveRetry. Returns errs.ErrUnavailable if it never gets through.
func Retry[T any](attempt func() (T, error)) (T, error) {
	for range maxAttempts {
		v, err := attempt()
		if !errors.Is(err, errs.ErrStaleVersion) || errors.Is(err, errPrecondition) {
			return v, err
		}
	}
	var none T
	return none, errs.ErrUnavailable.WithDetail("Too many changes at the same time.")
}
