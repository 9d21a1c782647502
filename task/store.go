package task

import (
	"context"
	"errors"
	"time"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"

	"github.com/oklog/ulid/v2"
)

// ErrOwnerUnknown is returned by a store for an owner who has not used the
// service yet. The rules answer it with OpenOwner; no caller ever sees it.
var ErrOwnerUnknown = errors.New("the owner has not used the service yet")

// Store is what the rules need to keep what they know. A value is on disk when
// a method that writes has returned.
//
// Every method may also return errs.ErrUnavailable, errs.ErrDeadline,
// errs.ErrCancelled and errs.ErrInternal.
type Store interface {
	TaskStore
	ListStore
	OwnerStore
	RevisionStore
	UpkeepStore
	CursorStore
}

// TaskStore keeps tasks.
type TaskStore interface {
	// InsertTask stores a new task and counts it. If the owner has a task with
	// this id already, or has used the idempotency key for the same request,
	// that is the repeat of a create, and what was stored then is returned.
	// Returns ErrOwnerUnknown, ErrOwnerGone, ErrTaskLimit, ErrListNotFound,
	// ErrKeyReused.
	InsertTask(context.Context, TaskInsert) (Task, error)
	// Task returns ErrTaskNotFound if the owner has no such task.
	Task(context.Context, Ref) (Task, error)
	// Snapshot returns a task, and the owner's revision of the same moment.
	// Returns ErrTaskNotFound.
	Snapshot(context.Context, Ref) (Snapshot, error)
	// Tasks returns the next tasks in an order, none for an unknown owner.
	Tasks(context.Context, TaskScan) (TaskSlice, error)
	// ReplaceTask writes Now where Was is. Returns errs.ErrStaleVersion if another version
	// is there, ErrTaskNotFound if none is, and ErrListNotFound if the task
	// moves to, or comes back from the trash into, a list that is not there.
	ReplaceTask(context.Context, TaskReplacement) (struct{}, error)
	// TaskHistory tells the last mutations of a task. Returns ErrTaskNotFound.
	TaskHistory(context.Context, Ref) (mutation.History, error)
	// RemoveTask removes this version for good, and counts it. Returns errs.ErrStaleVersion
	// if another version is there, ErrTaskNotFound if none is.
	RemoveTask(context.Context, Task) (struct{}, error)
}

// ListStore keeps lists. One that was closed is gone for every method but
// EmptyList.
type ListStore interface {
	// InsertList is to lists what InsertTask is to tasks. Returns
	// ErrOwnerUnknown, ErrOwnerGone, ErrListLimit, ErrKeyReused.
	InsertList(context.Context, ListInsert) (List, error)
	// List returns ErrListNotFound if the owner has no such list.
	List(context.Context, Ref) (List, error)
	// Lists returns the next lists: the inbox, then the others by position
	// and id. None for an unknown owner.
	Lists(context.Context, ListScan) (ListSlice, error)
	// ReplaceList writes Now where Was is. Returns errs.ErrStaleVersion if another version
	// is there, ErrListNotFound if none is.
	ReplaceList(context.Context, ListReplacement) (struct{}, error)
	// CloseList writes Now where Was is, and the list is gone, though its row
	// and its tasks are still there. Returns what ReplaceList returns.
	CloseList(context.Context, ListReplacement) (struct{}, error)
	// EmptyList moves a bounded number of tasks of a closed list to the trash,
	// as tasks of the inbox, and removes the list when none is left. Done says
	// that the list is removed, or was not there or not closed.
	EmptyList(context.Context, Emptying) (done bool, err error)
}

// OwnerStore keeps who uses the service.
type OwnerStore interface {
	// OpenOwner stores an owner, with their inbox. One that is known already
	// stays as it is. Returns ErrOwnerGone.
	OpenOwner(ctx context.Context, inbox List) (struct{}, error)
	// CloseOwner notes, for ever, that the owner's account was deleted, also
	// for one that is not known: nothing can be created for them from then on.
	CloseOwner(context.Context, Closing) (struct{}, error)
	// EraseOwner removes a bounded part of what a closed owner has. Done says
	// that nothing is left, or that the owner was not closed.
	EraseOwner(ctx context.Context, owner ulid.ULID) (done bool, err error)
}

// Revision is a value that what an owner has, lists and tasks, had in no other
// state and will not have in one. What was read after it was still shows all
// that the owner had written before, for as long as it is the same. The zero
// value is of an owner who is not known, or has changed nothing since there are
// revisions.
type Revision = ulid.ULID

// RevisionStore tells the states of what owners have apart.
type RevisionStore interface {
	// Revision returns the present one.
	Revision(ctx context.Context, owner ulid.ULID) (Revision, error)
}

// UpkeepStore finds what was left behind. Its methods are the only ones that
// look beyond one owner.
type UpkeepStore interface {
	// ClosedLists returns some of the lists that were closed before a time and
	// are not removed yet.
	ClosedLists(ctx context.Context, before time.Time) ([]Ref, error)
	// ClosedOwners returns some of the owners that were closed before a time
	// and still have something.
	ClosedOwners(ctx context.Context, before time.Time) ([]ulid.ULID, error)
	// PruneAnswers forgets a bounded number of the idempotency keys that were
	// used before a time. Done says that there are no more of them.
	PruneAnswers(ctx context.Context, before time.Time) (done bool, err error)
}

// CursorStore remembers how far the user service's log of deleted accounts has
// been carried out.
type CursorStore interface {
	// ErasureCursor returns the place in the log, 0 at first.
	ErasureCursor(context.Context) (uint64, error)
	// SaveErasureCursor moves the place forward; an earlier one is ignored.
	SaveErasureCursor(context.Context, uint64) (struct{}, error)
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

// Snapshot is a task as it is in one state of all that its owner has.
type Snapshot struct {
	Task     Task
	Revision Revision
}

// TaskReplacement is a change of a task, made by who has read Was.
type TaskReplacement struct {
	Was, Now Task
	At       optional.Value[Revision] // at which Was was read, if that is known: a hint
}

// ListReplacement is a change of a list, made by who has read Was.
type ListReplacement struct{ Was, Now List }

// Emptying is the removal of a closed list, at a time. The tasks carry the
// mutation that closed the list.
type Emptying struct {
	Ref
	Time time.Time
}

// Closing is the end of an owner, at a time.
type Closing struct {
	Owner ulid.ULID
	Time  time.Time
}

// TaskScan asks for the tasks that come after a place in an order.
type TaskScan struct {
	Owner  ulid.ULID
	Filter Filter
	Order  Order
	After  *Place                   // nil: from the start
	Limit  int                      // tasks
	Bytes  int                      // of title and content together, though one task always fits
	At     optional.Value[Revision] // see Query.At; whoever keeps nothing need not look at it
}

// Filter selects tasks: those that meet every condition that is set.
type Filter struct {
	ListID       optional.Value[ulid.ULID]
	Status       optional.Value[Status]
	Label        string
	Priority     optional.Value[int]
	DueBefore    *time.Time // exclusive
	DueAfter     *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Text         string     // substring of title or content, in any case
	Trash        bool
}

// TaskSlice is what a scan found.
type TaskSlice struct {
	Tasks []Task
	More  bool // there are more after them
}

// ListScan asks for the lists that come after a place.
type ListScan struct {
	Owner ulid.ULID
	After *ListPlace // nil: from the start
	Limit int
}

// ListPlace is the place of a list among the owner's.
type ListPlace struct {
	Inbox    bool // which is before all others
	Position float64
	ID       ulid.ULID
}

// ListSlice is what a scan found.
type ListSlice struct {
	Lists []List
	More  bool // there are more after them
}
