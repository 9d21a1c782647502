package task

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// Service is what a caller may ask. Owner, in every request, is who asks: a
// transport fills it in from a checked token, never from what the caller says.
//
// Every method may also return errs.ErrUnavailable, errs.ErrDeadline,
// errs.ErrCancelled, and errs.ErrInternal.
type Service interface {
	Lists
	Tasks
}

// Lists is the part of Service that is about lists.
type Lists interface {
	// CreateList returns the new list. Returns errs.ErrInvalid, ErrListLimit,
	// ErrKeyReused if the idempotency key came with another request before.
	CreateList(context.Context, CreateList) (List, error)
	// GetList returns ErrListNotFound if the owner has no such list.
	GetList(context.Context, GetList) (Read[List], error)
	// ListLists returns the owner's lists, the inbox first, then by position.
	// Returns errs.ErrInvalid for a page token that it did not make.
	ListLists(context.Context, ListLists) (Read[ListPage], error)
	// UpdateList changes the set fields. Returns errs.ErrInvalid,
	// ErrListNotFound, errs.ErrStaleVersion, errs.ErrOutcomeUnknown.
	UpdateList(context.Context, UpdateList) (List, error)
	// DeleteList moves the list's tasks to the trash, and the list is gone.
	// Returns ErrInboxStays, errs.ErrStaleVersion, and ErrListNotFound unless
	// the mutation is a repeat, which finds that it is done already.
	DeleteList(context.Context, DeleteList) (struct{}, error)
}

// Tasks is the part of Service that is about tasks.
type Tasks interface {
	// CreateTask returns the new task. Returns errs.ErrInvalid, ErrListNotFound,
	// ErrTaskLimit, ErrKeyReused if the idempotency key came with another
	// request before.
	CreateTask(context.Context, CreateTask) (Task, error)
	// GetTask returns a task, also one in the trash. Returns ErrTaskNotFound.
	GetTask(context.Context, GetTask) (Read[Task], error)
	// ListTasks returns a page. Returns errs.ErrInvalid, also for a page token
	// that was made for other filters or another order.
	ListTasks(context.Context, ListTasks) (Read[TaskPage], error)
	// UpdateTask changes the set fields, also of a task in the trash. Returns
	// errs.ErrInvalid, ErrTaskNotFound, ErrListNotFound, errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown.
	UpdateTask(context.Context, UpdateTask) (Task, error)
	// DeleteTask moves a task to the trash, where it may be already, or, with
	// Purge, removes it for good. Returns errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown, and ErrTaskNotFound unless the mutation is a
	// repeat of a purge, which finds that it is done already.
	DeleteTask(context.Context, DeleteTask) (struct{}, error)
	// RestoreTask brings a task back from the trash; one that is not there is
	// returned as it is. Returns ErrTaskNotFound, errs.ErrStaleVersion,
	// errs.ErrOutcomeUnknown.
	RestoreTask(context.Context, RestoreTask) (Task, error)
}

// Read is the reply to a conditional read. Whoever keeps a copy of Value keeps
// it under Revision, and asks with that the next time.
type Read[T any] struct {
	// Revision is the owner's, read in the same statement as Value. 0: the owner
	// is not known, or the value is not of one moment; such a copy is not kept.
	Revision Revision
	// NotModified says that the owner's revision is the one that the caller
	// knows. Value is zero then.
	NotModified bool
	Value       T
}

// Ref names one list or task of one user.
type Ref struct{ Owner, ID ulid.ULID }

// Idempotency makes a create repeatable by the client. The zero value means
// that the client sent no key.
type Idempotency struct {
	Key         string   // as sent, bound by the gateway to its route
	Fingerprint [32]byte // of the request; another one with the same key is refused
}

// CreateList asks for a new list. ID is made by the caller, within a day of
// now, and is the mutation as well.
type CreateList struct {
	Owner, ID ulid.ULID
	ListFields
	Idempotency Idempotency
}

// GetList asks for a list.
type GetList struct {
	Ref
	Known Revision // of the copy that the caller has; 0: none
}

// ListLists asks for a page of lists.
type ListLists struct {
	Owner     ulid.ULID
	PageSize  int      // 0: MaxListPage
	PageToken string   // empty: the first page
	MaxBytes  int      // of titles on the page, though one list always fits; 0: MaxPageContent
	Known     Revision // of the copy that the caller has; 0: none
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
	ListFields
}

// DeleteList asks for the end of a list.
type DeleteList struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
}

// CreateTask asks for a new task. ID is made by the caller, within a day of
// now, and is the mutation as well. Without a list it goes to the inbox, and
// without a status it is Todo.
type CreateTask struct {
	Owner, ID ulid.ULID
	TaskFields
	Idempotency Idempotency
}

// GetTask asks for a task.
type GetTask struct {
	Ref
	Known Revision // of the copy that the caller has; 0: none
}

// ListTasks asks for a page of tasks: those that meet every filter that is set.
type ListTasks struct {
	Owner        ulid.ULID
	PageSize     int    // 0: DefaultPage; at most MaxPage
	PageToken    string // empty: the first page
	ListID       optional.Value[ulid.ULID]
	Status       optional.Value[Status]
	Label        string // in any case and form (see package casefold)
	Priority     optional.Value[int]
	DueBefore    *time.Time // exclusive
	DueAfter     *time.Time // exclusive
	UpdatedAfter *time.Time // exclusive
	Text         string     // part of title or content, in any case and form (see package casefold)
	Trash        bool       // the tasks in the trash, instead of the others
	OrderBy      string     // "create_time" if empty; "-due" for descending
	MaxBytes     int        // of title and content on the page, though one task always fits; 0: MaxPageContent
	Known        Revision   // of the copy that the caller has; 0: none
}

// TaskPage is a page of tasks.
type TaskPage struct {
	Tasks []Task
	Next  string // empty: this is the last page
}

// UpdateTask asks for a change of a task. IfVersion is the version the caller
// has seen, 0 for any.
type UpdateTask struct {
	Ref
	Mutation  mutation.Mutation
	IfVersion int64
	TaskFields
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
