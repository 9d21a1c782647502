package gateway

import (
	"regexp"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
)

const (
	idempotencyHeader = "Idempotency-Key"
	keyFormat         = "1 to 200 visible ASCII characters"
)

// validKey is what a key may be: visible ASCII, a UUID as well as a quoted
// string of the IETF draft.
var validKey = regexp.MustCompile(`^[!-~]{1,200}$`)

// idempotency returns the client's key, bound to the kind of what is created,
// so that the same key can serve for a list and a task. Returns errs.ErrInvalid
// for a key that is empty, too long, or given twice.
func (r *request) idempotency(kind string, body []byte) (task.Idempotency, error) {
	keys := r.Header.Values(idempotencyHeader)
	if len(keys) == 0 {
		return task.Idempotency{}, nil
	}
	if len(keys) > 1 {
		return task.Idempotency{}, errs.ErrInvalid.WithFields(errs.Invalid(idempotencyHeader, errs.FieldRepeated))
	}
	if !validKey.MatchString(keys[0]) {
		return task.Idempotency{}, errs.ErrInvalid.WithFields(
			errs.Invalid(idempotencyHeader, errs.FieldFormat, keyFormat))
	}
	fingerprint, err := rest.Fingerprint(body)
	return task.Idempotency{Key: kind + ":" + keys[0], Fingerprint: fingerprint}, err
}
