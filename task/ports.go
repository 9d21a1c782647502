package task

import (
	"context"
	"time"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"

	"github.com/oklog/ulid/v2"
)

// Service is what a caller may ask. Owner, in every request, is who asks: a
// transport fills it in from a checked token, never from what the caller says.
//
// Every method may also return errs.ErrUnavailable, errs.ErrDeadline,
// errs.ErrCancelled, and errs.ErrInternal.
type Service interface {
	Lists
	Tasks
	Changes
}

// Changes is the part of Service that tells whether anything has changed.
type Changes interface {
	// Peek returns the owner's revision, and the task that is asked for unless
	// it is as the caller knows it, or there is none.
	Peek(context.Context, Peek) (Peeked, error)
}

// Lists is the part of Service that is about lists.
type Lists interface {
	// CreateList returns the new list. Returns errs.ErrInvalid, ErrListLimit,
	// ErrKeyReused if the idempotency key came with another request before.
	CreateList(context.Context, CreateList) (List, error)
	// GetList returns ErrListNotFound if the owner has no such list.
	GetList(context.Context, Ref) (List, error)
	// ListLists returns the owner's lists, the inbox first, then by position.
	// Returns errs.ErrInvalid for a page token that it did not make.
	ListLists(context.Context, ListQuery) (ListPage, error)
	// UpdateList changes the set fields. Returns errs.ErrInvalid,
	// ErrListNotFound, errs.ErrStaleVersion, errs.ErrOutcomeUnknown.
	UpdateList(context.Context, UpdateList) (List, error)
	// DeleteList moves the list's tasks to the trash, and the list is gone.
	// Returns ErrInboxStays, errs.ErrStaleVersion, and ErrListNotFound unless the mutation
	// is a repeat, which finds that it is done already.
	DeleteList(context.Context, DeleteList) (struct{}, error)
}

// Tasks is the part of Service that is about tasks.
type Tasks interface {
	// CreateTask returns the new task. Returns errs.ErrInvalid, ErrListNotFound,
	// ErrTaskLimit, ErrKeyReused if the idempotency key came with another
	// request before.
	CreateTask(context.Context, CreateTask) (Task, error)
	// GetTask returns a task, also one in the trash. Returns ErrTaskNotFound.
	GetTask(context.Context, Ref) (Task, error)
	// ListTasks returns a page. Returns errs.ErrInvalid, also for a page token
	// that was made for other filters or another order.
	ListTasks(context.Context, Query) (Page, error)
	// UpdateTask changes the set fields, also of a task in the trash. Returns
	// errs.ErrInvalid, ErrTaskNotFound, ErrListNotFound, errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown.
	UpdateTask(context.Context, UpdateTask) (Task, error)
	// DeleteTask moves a task to the trash, where it may be already, or, with
	// Purge, removes it for good. Returns errs.ErrStaleVersion, errs.ErrOutcomeUnknown, and
	// ErrTaskNotFound unless the mutation is a repeat of a purge, which finds
	// that it is done already.
	DeleteTask(context.Context, DeleteTask) (struct{}, error)
	// RestoreTask brings a task back from the trash; one that is not there is
	// returned as it is. Returns ErrTaskNotFound, errs.ErrStaleVersion, errs.ErrOutcomeUnknown.
	RestoreTask(context.Context, RestoreTask) (Task, error)
}

// Idempotency makes a create repeatable by the client. The zero value means
// that the client sent no key.
type Idempotency struct {
	Key         string   // as sent, bound by the gateway to its route
	Fingerprint [32]byte // of the request; another one with the same key is refused
}

// Ref names one list or task of one user.
type Ref struct{ Owner, ID ulid.ULID }

// CreateList asks for a new list. ID is minted by the caller, within a day of
// now, and is the mutation as well.
type CreateList struct {
	Owner, ID   ulid.ULID
	Title       string
	Position    optional.Value[float64]
	Idempotency Idempotency
}

// ListQuery asks for a page of lists.
type ListQuery struct {
	Owner     ulid.ULID
	PageSize  int    // 0: MaxListPage
	PageToken string // empty: the first page
}

// ListPage is a page of lists.
type ListPage struct {
	Lists []List
	Next  string // empty: this is the last page
}

// UpdateList asks for a change of a list. IfVersion is the version the caller
// has seen, 0 for any.
type UpdateList struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
	Title     optional.Value[string]
	Position  optional.Value[float64]
}

// DeleteList asks for the end of a list.
type DeleteList struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
}

// CreateTask asks for a new task. Of Task, the caller sets Owner, ID (minted
// within a day of now; it is the mutation as well) and what a client may
// choose; ListID zero is the inbox, Status empty is Todo.
type CreateTask struct {
	Task        Task
	Position    optional.Value[float64]
	Idempotency Idempotency
}

// UpdateTask asks for a change of a task. IfVersion is the version the caller
// has seen, 0 for any.
type UpdateTask struct {
	Ref
	Mutation   mutation.Mutation
	IfVersion  int64
	ListID     optional.Value[ulid.ULID]
	Title      optional.Value[string]
	Content    optional.Value[string]
	Status     optional.Value[Status]
	Priority   optional.Value[int]
	Start, Due optional.Value[*When] // nil: no longer set
	TimeZone   optional.Value[string]
	Labels     optional.Value[[]string]
	Position   optional.Value[float64]
}

// DeleteTask asks to move a task to the trash, or to remove it for good.
type DeleteTask struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
	Purge     bool
}

// RestoreTask asks to bring a task back from the trash. If its list is gone it
// comes back into the inbox.
type RestoreTask struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
}

// Query asks for a page of tasks: those that meet every filter that is set.
type Query struct {
	Owner        ulid.ULID
	PageSize     int    // 0: DefaultPage; at most MaxPage
	PageToken    string // empty: the first page
	ListID       optional.Value[ulid.ULID]
	Status       optional.Value[Status]
	Label        string
	Priority     optional.Value[int]
	DueBefore    *time.Time // exclusive
	DueAfter     *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Text         string     // substring of title or content, in any case
	Trash        bool       // the tasks in the trash, instead of the others
	OrderBy      string     // "create_time" if empty; "-due" for descending
	// At is the owner's revision, if the caller has just read it: what is kept of
	// that one may be shown without asking for it again.
	At optional.Value[Revision]
}

// Page is a page of tasks.
type Page struct {
	Tasks []Task
	Next  string // empty: this is the last page
}

// Peek asks whether something has changed.
type Peek struct {
	Owner ulid.ULID
	Task  ulid.ULID                // zero: none
	Known optional.Value[Revision] // at which the caller knows the task
}

// Peeked is what there is.
type Peeked struct {
	Revision Revision // of before the task was read, or the same moment
	Task     *Task
}
