package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/backoff"
)

// DefaultErasureWait is how long what a deleted account has left is kept.
const DefaultErasureWait = 24 * time.Hour

// How often erasures are looked at: a part of what they wait for, within bounds.
const (
	roundsPerWait = 24
	shortestRound = time.Second
	longestRound  = time.Hour
)

// maxDeletionPages bounds what one round reads of the log, to some ten millions.
const maxDeletionPages = 10_000

// Deletion is a deleted account, as the user service tells of it.
type Deletion struct {
	Owner    ulid.ULID
	Sequence uint64 // its place in the log
}

// DeletionLog is the user service's log of deleted accounts. What it tells may be
// wrong: whoever can write to etcd can put another in its place, unless the
// services check each other's certificates.
type DeletionLog interface {
	// Deletions returns those after a place, in their order, some at a time; none
	// at the end.
	Deletions(ctx context.Context, after uint64) ([]Deletion, error)
	// Confirmed asks every known instance of the user service whether the account is
	// deleted at this moment, and reports whether all of them say so. Returns an
	// error if one cannot be asked, or there is none.
	Confirmed(ctx context.Context, owner ulid.ULID) (bool, error)
}

// Erasure is the removal of what a deleted account has left, which waits.
type Erasure struct {
	Owner    ulid.ULID
	Due      time.Time
	Revision Revision // of the owner when it began to wait
}

// DueErasure is one that has waited, with what has become of its owner.
type DueErasure struct {
	Erasure

	Present Revision // of the owner
	Marked  bool     // the owner is marked as deleted: the erasure has begun
}

// ErasureOutcome is what happens to an erasure.
type ErasureOutcome string

// The outcomes.
const (
	ErasurePending   ErasureOutcome = "pending"   // it begins to wait
	ErasureDone      ErasureOutcome = "done"      // nothing is left
	ErasurePostponed ErasureOutcome = "postponed" // the owner has written something since: it waits anew
	ErasureDropped   ErasureOutcome = "dropped"   // the user service does not list the account as deleted any more
)

// ErasuresOptions are what Erasures need. Store and Log are required.
type ErasuresOptions struct {
	Store Store
	Log   DeletionLog
	Wait  time.Duration    // from when a deletion is heard of
	Now   func() time.Time // nil: time.Now
	// Report is told of each erasure, and Pending how many wait; nil: nobody is.
	Report  func(ErasureOutcome, Erasure)
	Pending func(int)
}

// Erasures removes what deleted accounts have left. To destroy it takes more than
// one word: a deletion waits, the owner must not have written anything meanwhile,
// and then every instance of the user service must confirm it. Meanwhile nobody can
// sign in to the account. No place in the log is kept: each round reads all of it,
// so that no entry can hide another. Any number of instances may do it at the same
// time.
type Erasures struct {
	ErasuresOptions

	clock clock
}

// NewErasures returns the Erasures of a store.
func NewErasures(o ErasuresOptions) *Erasures {
	if o.Report == nil {
		o.Report = func(ErasureOutcome, Erasure) {}
	}
	if o.Pending == nil {
		o.Pending = func(int) {}
	}
	return &Erasures{ErasuresOptions: o, clock: clock{o.Now}}
}

// Run makes a round again and again until ctx ends. report is called with what
// went wrong; the next round tries again.
func (e *Erasures) Run(ctx context.Context, report func(error)) {
	interval := min(max(e.Wait/roundsPerWait, shortestRound), longestRound)
	backoff.Every(ctx, interval, func(ctx context.Context) {
		if err := e.Round(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	})
}

// Round has what is new in the log wait, and carries out what has waited.
func (e *Erasures) Round(ctx context.Context) error {
	err := errors.Join(e.note(ctx), e.carryOut(ctx))
	pending, countErr := e.Store.CountErasures(ctx)
	if countErr == nil {
		e.Pending(pending)
	}
	return errors.Join(err, countErr)
}

// note reads the log.
func (e *Erasures) note(ctx context.Context) error {
	after := uint64(0)
	for range maxDeletionPages {
		page, err := e.Log.Deletions(ctx, after)
		if err != nil {
			return fmt.Errorf("read the deleted accounts: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		due := e.clock.now().Add(e.Wait)
		owners := make([]ulid.ULID, len(page))
		for i, d := range page {
			if d.Sequence <= after {
				return errors.New("the log of deleted accounts is not in order")
			}
			owners[i], after = d.Owner, d.Sequence
		}
		added, err := e.Store.NoteErasures(ctx, ErasuresNote{Owners: owners, Due: due})
		if err != nil {
			return fmt.Errorf("note the deleted accounts: %w", err)
		}
		for _, erasure := range added {
			e.Report(ErasurePending, erasure)
		}
	}
	return errors.New("the log of deleted accounts has no end")
}

// carryOut carries out the erasures that are due.
func (e *Erasures) carryOut(ctx context.Context) error {
	return forEach(ctx, e.clock.now(), e.Store.DueErasures, e.decide)
}

// decide carries an erasure out, has it wait anew, or drops it.
func (e *Erasures) decide(ctx context.Context, d DueErasure) error {
	if d.Marked { // it was interrupted
		return e.purge(ctx, d.Erasure)
	}
	if d.Present != d.Revision {
		d.Due, d.Revision = e.clock.now().Add(max(e.Wait, shortestRound)), d.Present
		err := e.Store.PostponeErasure(ctx, d.Erasure)
		if err == nil {
			e.Report(ErasurePostponed, d.Erasure)
		}
		return err
	}
	confirmed, err := e.Log.Confirmed(ctx, d.Owner)
	if err != nil {
		return fmt.Errorf("confirm that an account is deleted: %w", err)
	}
	if !confirmed {
		return e.end(ctx, d.Erasure, ErasureDropped)
	}
	if err := e.Store.MarkOwnerDeleted(ctx, OwnerDeletion{Owner: d.Owner, Time: e.clock.now()}); err != nil {
		return fmt.Errorf("mark the owner as deleted: %w", err)
	}
	return e.purge(ctx, d.Erasure)
}

func (e *Erasures) purge(ctx context.Context, erasure Erasure) error {
	if err := purgeOwner(ctx, e.Store, erasure.Owner); err != nil {
		return err
	}
	return e.end(ctx, erasure, ErasureDone)
}

// end removes an erasure. Of several instances, one reports it.
func (e *Erasures) end(ctx context.Context, erasure Erasure, outcome ErasureOutcome) error {
	removed, err := e.Store.RemoveErasure(ctx, erasure.Owner)
	if removed {
		e.Report(outcome, erasure)
	}
	return err
}
