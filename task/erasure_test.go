package task_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

// deletionLog is what the user service tells, truly or not.
type deletionLog struct {
	listed []task.Deletion
	denied bool  // an instance says that the account is not deleted
	err    error // of asking
}

func (l *deletionLog) Deletions(_ context.Context, after uint64) ([]task.Deletion, error) {
	for _, d := range l.listed {
		if d.Sequence > after {
			return []task.Deletion{d}, l.err
		}
	}
	return nil, l.err
}

func (l *deletionLog) Confirmed(_ context.Context, owner ulid.ULID) (bool, error) {
	for _, d := range l.listed {
		if d.Owner == owner {
			return !l.denied && l.err == nil, l.err
		}
	}
	return false, l.err
}

// erasing is the fixture whose owner is said to be deleted.
type erasing struct {
	*fixture
	log      *deletionLog
	erasures *task.Erasures
	outcomes []task.ErasureOutcome
	pending  int
}

const erasureWait = 24 * time.Hour

func newErasing(t *testing.T) *erasing {
	t.Helper()
	h := newFixture(t)
	h.store.steps.Store(100)
	e := &erasing{fixture: h, log: &deletionLog{listed: []task.Deletion{{Owner: h.owner, Sequence: 7}}}}
	e.erasures = task.NewErasures(task.ErasuresOptions{
		Store: h.store, Log: e.log, Wait: erasureWait, Now: func() time.Time { return h.now },
		Report:  func(o task.ErasureOutcome, _ task.Erasure) { e.outcomes = append(e.outcomes, o) },
		Pending: func(n int) { e.pending = n },
	})
	return e
}

// round lets time pass, makes a round, and compares what it did.
func (e *erasing) round(t *testing.T, after time.Duration, left int, want ...task.ErasureOutcome) {
	t.Helper()
	e.now, e.outcomes = e.now.Add(after), nil
	if err := e.erasures.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(e.outcomes) != len(want) {
		t.Fatalf("got %v, want %v", e.outcomes, want)
	}
	for i := range want {
		if e.outcomes[i] != want[i] {
			t.Fatalf("got %v, want %v", e.outcomes, want)
		}
	}
	if _, all := e.trashed(t); all != left {
		t.Fatalf("%d tasks are left, want %d", all, left)
	}
}

func TestErasures_Deleted_ErasedWhenItHasWaited(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	n := len(e.tasks)
	e.round(t, 0, n, task.ErasurePending)
	if e.pending != 1 {
		t.Errorf("%d are pending", e.pending)
	}
	e.round(t, erasureWait-time.Second, n)
	e.round(t, time.Second, 0, task.ErasureDone)
	if e.pending != 0 {
		t.Errorf("%d are pending", e.pending)
	}
	if _, err := e.svc.CreateTask(t.Context(), e.create("late")); !errors.Is(err, task.ErrOwnerGone) {
		t.Errorf("a create for an owner who is erased: %v", err)
	}
	e.round(t, erasureWait, 0) // the log tells it for ever
	e.round(t, erasureWait, 0)
}

// What a fake instance of the user service tells is not to be believed alone.
func TestErasures_NotDeletedAfterAll_NothingIsErased(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, *erasing)
		want      task.ErasureOutcome
	}{
		"the log does not list it any more": {func(_ *testing.T, e *erasing) { e.log.listed = nil }, task.ErasureDropped},
		"an instance denies it":             {func(_ *testing.T, e *erasing) { e.log.denied = true }, task.ErasureDropped},
		"the owner creates a task": {func(t *testing.T, e *erasing) {
			t.Helper()
			if _, err := e.svc.CreateTask(t.Context(), e.create("alive")); err != nil {
				t.Fatal(err)
			}
		}, task.ErasurePostponed},
		"the owner deletes a task": {func(t *testing.T, e *erasing) {
			t.Helper()
			d := task.DeleteTask{Ref: task.Ref{Owner: e.owner, ID: e.tasks[0]}}
			d.Mutation.ID = ulid.Make()
			if _, err := e.svc.DeleteTask(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}, task.ErasurePostponed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newErasing(t)
			n := len(e.tasks)
			e.round(t, 0, n, task.ErasurePending)
			c.meanwhile(t, e)
			e.round(t, erasureWait, n, c.want)
			if _, err := e.svc.CreateTask(t.Context(), e.create("on and on")); err != nil {
				t.Errorf("the living account: %v", err)
			}
		})
	}
}

// A fake entry with a high place in the log hides no real one.
func TestErasures_HighSequence_HidesNothing(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	n := len(e.tasks)
	other := ulid.Make()
	e.log.listed = []task.Deletion{{Owner: other, Sequence: 1 << 62}}
	e.round(t, 0, n)
	e.log.listed = []task.Deletion{{Owner: e.owner, Sequence: 8}}
	e.round(t, 0, n, task.ErasurePending)
	e.round(t, erasureWait, 0, task.ErasureDone)
}

func TestErasures_UserServiceAway_ErasedLater(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	n := len(e.tasks)
	e.round(t, 0, n, task.ErasurePending)
	e.log.err = errs.ErrUnavailable
	e.now = e.now.Add(erasureWait)
	if err := e.erasures.Round(t.Context()); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	e.log.err = nil
	e.round(t, 0, 0, task.ErasureDone)
}

// An operator who sets another due time keeps the data.
func TestErasures_DueTimeMoved_Kept(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	n := len(e.tasks)
	e.round(t, 0, n, task.ErasurePending)
	revision, err := e.store.Revision(t.Context(), e.owner)
	if err != nil {
		t.Fatal(err)
	}
	moved := task.Erasure{Owner: e.owner, Due: e.now.Add(100 * erasureWait).Truncate(time.Microsecond), Revision: revision}
	if err := e.store.PostponeErasure(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	e.round(t, 99*erasureWait, n)
	e.round(t, erasureWait, 0, task.ErasureDone)
}

// A log that never ends, or does not count, ends a round and not the process.
func TestErasures_LogNotInOrder_Refused(t *testing.T) {
	t.Parallel()
	e := newErasing(t)
	endless := endlessLog{owner: e.owner}
	round := func(l task.DeletionLog) error {
		return task.NewErasures(task.ErasuresOptions{Store: e.store, Log: l, Wait: erasureWait}).Round(t.Context())
	}
	if err := round(endless); err == nil {
		t.Error("the same place again and again: no error")
	}
	endless.counts = true
	if err := round(endless); err == nil {
		t.Error("a log without end: no error")
	}
}

type endlessLog struct {
	owner  ulid.ULID
	counts bool
}

func (l endlessLog) Deletions(_ context.Context, after uint64) ([]task.Deletion, error) {
	if l.counts {
		after++
	}
	return []task.Deletion{{Owner: l.owner, Sequence: after}}, nil
}

func (endlessLog) Confirmed(context.Context, ulid.ULID) (bool, error) { return true, nil }

func TestErasures_Interrupted_Ended(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *erasing) error{
		"by the next round": func(ctx context.Context, e *erasing) error { return e.erasures.Round(ctx) },
		"by a sweep":        func(ctx context.Context, e *erasing) error { return e.keeping.Sweep(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newErasing(t)
			e.round(t, 0, len(e.tasks), task.ErasurePending)
			e.now = e.now.Add(erasureWait)
			e.store.steps.Store(1)
			if err := e.erasures.Round(t.Context()); !errors.Is(err, errs.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
			e.store.steps.Store(100)
			if _, all := e.trashed(t); all == 0 || all == len(e.tasks) {
				t.Fatalf("%d of %d tasks are left", all, len(e.tasks))
			}
			if _, err := e.svc.CreateTask(t.Context(), e.create("late")); !errors.Is(err, task.ErrOwnerGone) {
				t.Errorf("a create for an owner who is being erased: %v", err)
			}
			e.now = e.now.Add(time.Hour)
			if err := end(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if _, all := e.trashed(t); all != 0 {
				t.Errorf("%d tasks are left", all)
			}
			if _, err := e.svc.ListLists(t.Context(), task.ListLists{Owner: e.owner}); !errors.Is(err, task.ErrOwnerGone) {
				t.Errorf("the lists of an erased owner: %v", err)
			}
		})
	}
}
