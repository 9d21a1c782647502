package task

import "todokit/pkg/errs"

// The errors of the task service, beside those of package errs.
var (
	ErrTaskNotFound = errs.New(errs.NotFound, "TASK_NOT_FOUND", "There is no such task.")
	ErrListNotFound = errs.New(errs.NotFound, "LIST_NOT_FOUND", "There is no such list.")
	ErrInboxStays   = errs.New(errs.PermissionDenied, "INBOX_STAYS", "The inbox cannot be deleted.")
	ErrTaskLimit    = errs.New(errs.PermissionDenied, "TASK_LIMIT", "The account has as many tasks as it may.")
	ErrListLimit    = errs.New(errs.PermissionDenied, "LIST_LIMIT", "The account has as many lists as it may.")
	ErrKeyReused    = errs.New(errs.Unprocessable, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another request before.")
	ErrOwnerGone    = errs.New(errs.Unauthenticated, "ACCOUNT_DELETED", "The account was deleted.")
)

// Catalogue lists the errors of this package, for translations and tests.
func Catalogue() []*errs.Error {
	return []*errs.Error{
		ErrTaskNotFound, ErrListNotFound, ErrInboxStays,
		ErrTaskLimit, ErrListLimit, ErrKeyReused, ErrOwnerGone,
	}
}
