package task

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// ErrOwnerUnknown is returned by a store for an owner who has not used the
// service yet. The service answers it with OpenOwner; no caller ever sees it.
var ErrOwnerUnknown = errors.New("the owner has not used the service yet")

// Store is what the service needs from a database. A value is on disk when a
// method that writes has returned.
//
// Every write of something of an owner's takes the next moment of that owner's
// clock: max(now, last + 1 µs). It becomes the UpdateTime of the row and the
// owner's revision, in the same transaction. The UpdateTime that comes with a
// write is only the caller's now.
//
// A read with a known revision replies NotModified if that is the owner's
// present one. Else the value comes with the revision that was read in the same
// statement: also from a database node that lags behind, both are of one moment.
//
// Every method may also return errs.ErrUnavailable, errs.ErrDeadline,
// errs.ErrCancelled and errs.ErrInternal.
type Store interface {
	TaskStore
	ListStore
	OwnerStore
	HousekeepingStore
	ErasureStore
}

// TaskStore keeps tasks.
type TaskStore interface {
	// InsertTask stores a new task, counts it, and returns it with its
	// UpdateTime. If the owner has a task with this id already, or has used the
	// idempotency key for the same request, that is the repeat of a create, and
	// what was stored then is returned. Returns ErrOwnerUnknown, ErrOwnerGone,
	// ErrTaskLimit, ErrListNotFound, ErrKeyReused.
	InsertTask(context.Context, TaskInsert) (Task, error)
	// Task returns ErrTaskNotFound if the owner has no such task.
	Task(context.Context, GetTask) (Read[Task], error)
	// Tasks returns the next tasks in an order, none for an unknown owner.
	Tasks(context.Context, TaskQuery) (Read[TaskBatch], error)
	// ReplaceTask writes Now where Was is, and returns it with its UpdateTime.
	// Returns errs.ErrStaleVersion if another version is there, ErrTaskNotFound
	// if none is, and ErrListNotFound if the task moves to, or comes back from
	// the trash into, a list that is not there.
	ReplaceTask(context.Context, TaskReplacement) (Task, error)
	// TaskHistory tells the last mutations of a task. Returns ErrTaskNotFound.
	TaskHistory(context.Context, Ref) (mutation.History, error)
	// RemoveTask removes this version for good, and counts it. Returns
	// errs.ErrStaleVersion if another version is there, ErrTaskNotFound if none is.
	RemoveTask(context.Context, Task) error
}

// ListStore keeps lists. One that is marked as deleted is gone for every method
// but DrainList.
type ListStore interface {
	// InsertList is to lists what InsertTask is to tasks. Returns
	// ErrOwnerUnknown, ErrOwnerGone, ErrListLimit, ErrKeyReused.
	InsertList(context.Context, ListInsert) (List, error)
	// List returns ErrListNotFound if the owner has no such list.
	List(context.Context, GetList) (Read[List], error)
	// Lists returns the next lists: the inbox, then the others by position
	// and id. None for an unknown owner.
	Lists(context.Context, ListQuery) (Read[ListBatch], error)
	// ReplaceList writes Now where Was is, and returns it with its UpdateTime.
	// Returns errs.ErrStaleVersion if another version is there, ErrListNotFound
	// if none is.
	ReplaceList(context.Context, ListReplacement) (List, error)
	// ListHistory tells the last mutations of a list. Returns ErrListNotFound.
	ListHistory(context.Context, Ref) (mutation.History, error)
	// MarkListDeleted writes Now where Was is, and the list is gone, though its
	// row and its tasks are still there. Returns what ReplaceList returns.
	MarkListDeleted(context.Context, ListReplacement) error
	// DrainList moves a bounded number of tasks of a deleted list to the trash,
	// as tasks of the inbox, each with a moment of its own, and removes the list
	// when none is left. Done says that the list is removed, or was not there or
	// not marked.
	DrainList(context.Context, ListDrain) (done bool, err error)
}

// OwnerStore keeps who uses the service.
type OwnerStore interface {
	// OpenOwner stores an owner, with their inbox. One that is known already
	// stays as it is. Returns ErrOwnerGone.
	OpenOwner(ctx context.Context, inbox List) error
	// MarkOwnerDeleted notes, for ever, that the owner's account was deleted,
	// also for one that is not known: nothing can be created for them from then on.
	MarkOwnerDeleted(context.Context, OwnerDeletion) error
	// PurgeOwner removes a bounded part of what a deleted owner has. Done says
	// that nothing is left, or that the owner was not marked as deleted.
	PurgeOwner(ctx context.Context, owner ulid.ULID) (done bool, err error)
	// Revision returns the owner's present revision, 0 for an unknown one.
	Revision(ctx context.Context, owner ulid.ULID) (Revision, error)
}

// HousekeepingStore finds deletions that are not done and keys that are too old.
// Its methods are the only ones that look beyond one owner.
type HousekeepingStore interface {
	// DeletedLists returns some of the lists that were marked as deleted before
	// a time and are not removed yet.
	DeletedLists(ctx context.Context, before time.Time) ([]Ref, error)
	// DeletedOwners returns some of the owners that were marked as deleted
	// before a time and still have something.
	DeletedOwners(ctx context.Context, before time.Time) ([]ulid.ULID, error)
	// PruneIdempotencyKeys forgets a bounded number of the keys that were used
	// before a time. Done says that there are no more of them.
	PruneIdempotencyKeys(ctx context.Context, before time.Time) (done bool, err error)
}

// ErasureStore keeps the erasures that wait.
type ErasureStore interface {
	// NoteErasures adds erasures and returns those that it has added. Left out are
	// owners who are not known, who are marked as deleted, or whose erasure waits.
	NoteErasures(context.Context, ErasuresNote) ([]Erasure, error)
	// DueErasures returns some of those that are due by a time, the first ones first.
	DueErasures(ctx context.Context, by time.Time) ([]DueErasure, error)
	// PostponeErasure saves Due and Revision. It does nothing for one that is gone.
	PostponeErasure(context.Context, Erasure) error
	// RemoveErasure reports whether it was there.
	RemoveErasure(ctx context.Context, owner ulid.ULID) (bool, error)
	// CountErasures returns how many there are.
	CountErasures(context.Context) (int, error)
}

// ErasuresNote says whose erasures begin to wait, and until when.
type ErasuresNote struct {
	Owners []ulid.ULID
	Due    time.Time
}

// TaskInsert is a new task. Task.UpdateTime is now, from which the age of an
// idempotency key is counted.
type TaskInsert struct {
	Task        Task
	Idempotency Idempotency
	Limit       int64 // of tasks the owner may have, the trash included
}

// ListInsert is a new list. List.UpdateTime is now.
type ListInsert struct {
	List        List
	Idempotency Idempotency
	Limit       int64 // of lists the owner may have, the inbox included
}

// TaskReplacement is a change of a task. Now.UpdateTime is now.
type TaskReplacement struct {
	Was, Now Task
	// Revision at which Was was read, 0 if that is not known. If it is still the
	// owner's, Was is still there, and need not be looked at again.
	Revision Revision
}

// ListReplacement is a change of a list. Now.UpdateTime is now.
type ListReplacement struct{ Was, Now List }

// ListDrain is the removal of a deleted list, at a time. The tasks carry the
// mutation that deleted the list.
type ListDrain struct {
	Ref
	Time time.Time
}

// OwnerDeletion is the end of an owner, at a time.
type OwnerDeletion struct {
	Owner ulid.ULID
	Time  time.Time
}

// TaskQuery asks for the tasks that come after a place in an order.
type TaskQuery struct {
	Owner  ulid.ULID
	Filter Filter
	Order  Order
	After  *Cursor  // nil: from the start
	Limit  int      // tasks
	Bytes  int      // of title and content together, though one task always fits
	Known  Revision // of the copy that the caller has; 0: none
}

// Filter selects tasks: those that meet every condition that is set.
type Filter struct {
	ListID       optional.Value[ulid.ULID]
	Status       optional.Value[Status]
	Label        string // as casefold.String returns it
	Priority     optional.Value[int]
	DueBefore    *time.Time // exclusive
	DueAfter     *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Text         string     // part of title or content, as casefold.String returns it
	Trash        bool
}

// TaskBatch is what a TaskQuery found.
type TaskBatch struct {
	Tasks []Task
	More  bool // there are more after them
}

// ListQuery asks for the lists that come after a place.
type ListQuery struct {
	Owner ulid.ULID
	After *ListCursor // nil: from the start
	Limit int
	Known Revision // of the copy that the caller has; 0: none
}

// ListCursor is the place of a list among the owner's.
type ListCursor struct {
	Inbox    bool // which is before all others
	Position float64
	ID       ulid.ULID
}

// ListBatch is what a ListQuery found.
type ListBatch struct {
	Lists []List
	More  bool // there are more after them
}
