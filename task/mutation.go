package task

import (
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

const (
	// clockTolerance is what the clocks of a gateway and of a task instance may
	// differ by.
	clockTolerance = 5 * time.Second
	// mintedWithin is how far from now an id may have been minted.
	mintedWithin = 24 * time.Hour
	// maxAttempts bounds how often an unconditional change is made again
	// because another one was faster. Each time somebody's change is made.
	maxAttempts = 64
)

// checkMinted refuses ids of another time, because tasks are ordered by them.
func checkMinted(c *errs.Check, name string, id ulid.ULID, now time.Time) {
	if d := now.Sub(id.Timestamp()); d > mintedWithin || d < -mintedWithin {
		c.Add(name, errs.FieldFormat, "a ULID made within a day of now")
	}
}

// condition is what a change demands of the row it finds.
type condition struct {
	Mutation
	IfVersion int64
}

// mark is what a row remembers of its last change.
type mark struct {
	Mutation ulid.ULID
	Version  int64
	Time     time.Time
}

// met says whether a change may be made, or is the row's last one already.
// Returns ErrStale if the row has another version than demanded, and
// errs.ErrOutcomeUnknown to one that may have been made already, beneath the
// last change; see settle.
func (c condition) met(m mark) (done bool, err error) {
	switch {
	case m.Mutation == c.ID:
		return true, nil
	case c.IfVersion == m.Version:
		return false, nil
	case c.IfVersion != 0 && c.Repeat && m.Version > c.IfVersion+1:
		return false, errs.ErrOutcomeUnknown
	case c.IfVersion != 0: // the one change that is on top is another's
		return false, ErrStale
	case c.Repeat && m.Time.After(c.ID.Timestamp().Add(-clockTolerance)):
		return false, errs.ErrOutcomeUnknown
	case m.Time.After(c.ID.Timestamp().Add(clockTolerance)):
		// It was made for a caller who has long gone: it has lain in a process
		// that stood still, and may have been made elsewhere as a repeat.
		return false, errs.ErrOutcomeUnknown
	default:
		return false, nil
	}
}

// settle decides, by what is remembered of the row, whether a change may be
// made now: it was not made before, since it would be remembered.
// Returns ErrStale if so but the row has another version than demanded, and
// errs.ErrOutcomeUnknown if the first attempt does lie beneath another change,
// or beyond what is remembered.
func (c condition) settle(h History) error {
	switch {
	case slices.Contains(h.Mutations, c.ID) || !h.reaches(c):
		return errs.ErrOutcomeUnknown
	case c.IfVersion != 0:
		return ErrStale
	default:
		return nil
	}
}

// reaches says whether every change that was made since the first attempt of
// c is remembered.
func (h History) reaches(c condition) bool {
	remembered := int64(len(h.Mutations))
	if remembered == 0 {
		return false
	}
	oldest := h.Mutations[remembered-1].Timestamp()
	return h.Version <= remembered ||
		c.IfVersion != 0 && h.Version-c.IfVersion <= remembered ||
		oldest.Before(c.ID.Timestamp().Add(-clockTolerance))
}

// stale says whether a removal demands another version. It needs no mark: a
// row that is there was not removed by an earlier attempt.
func stale(ifVersion, version int64) bool { return ifVersion != 0 && ifVersion != version }

// after returns now, or the moment after the row's last change if that is
// later: an instance with a slow clock must not turn a row's time back.
func after(now, last time.Time) time.Time {
	if !now.After(last) {
		return last.Add(time.Microsecond)
	}
	return now
}

func (t Task) mark() mark { return mark{t.Mutation, t.Version, t.UpdateTime} }

func (l List) mark() mark { return mark{l.Mutation, l.Version, l.UpdateTime} }
