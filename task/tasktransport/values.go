package tasktransport

import (
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

// decoding reads the parts of a message, and notes what is malformed.
type decoding struct{ errs.Validator }

// id reads an id that must be there.
func (d *decoding) id(name string, b []byte) ulid.ULID {
	if len(b) == 0 {
		d.Add(name, errs.FieldRequired)
		return ulid.ULID{}
	}
	return d.idOrNone(name, b)
}

// idOrNone reads an id that may be missing.
func (d *decoding) idOrNone(name string, b []byte) (id ulid.ULID) {
	if len(b) != 0 && len(b) != len(id) {
		d.Add(name, errs.FieldFormat, fmt.Sprintf("%d bytes, a ULID", len(id)))
		return id
	}
	copy(id[:], b)
	return id
}

// time reads an instant that may be missing.
func (d *decoding) time(name string, t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	if t.CheckValid() != nil {
		d.Add(name, errs.FieldFormat, "a timestamp of the years 1 to 9999")
		return nil
	}
	at := t.AsTime()
	return &at
}

func (d *decoding) when(name string, w *taskv1.When) *task.When {
	if w == nil {
		return nil
	}
	when := &task.When{Date: w.GetDate()}
	if at := d.time(name, w.GetInstant()); at != nil {
		when.Instant = *at
	}
	return when
}

func (d *decoding) mutation(m *taskv1.Mutation, repeated bool) mutation.Mutation {
	return mutation.Mutation{ID: d.id("mutation.id", m.GetId()), Repeat: m.GetRepeat() || repeated}
}

func (d *decoding) idempotency(m *taskv1.Idempotency) task.Idempotency {
	i := task.Idempotency{Key: m.GetKey()}
	if m != nil && len(m.GetFingerprint()) != len(i.Fingerprint) {
		d.Add("idempotency.fingerprint", errs.FieldFormat, fmt.Sprintf("%d bytes", len(i.Fingerprint)))
	}
	copy(i.Fingerprint[:], m.GetFingerprint())
	return i
}

// decodeStatus makes of a number that it does not know something that the
// rules will refuse.
func decodeStatus(s taskv1.Status) task.Status {
	switch s {
	case taskv1.Status_STATUS_UNSPECIFIED:
		return ""
	case taskv1.Status_STATUS_TODO:
		return task.Todo
	case taskv1.Status_STATUS_IN_PROGRESS:
		return task.InProgress
	case taskv1.Status_STATUS_DONE:
		return task.Done
	case taskv1.Status_STATUS_CANCELLED:
		return task.Cancelled
	default:
		return task.Status(s.String())
	}
}

// unknownStatus is sent for a status that the wire has no number for, so that
// it is refused at the far side and not taken for none.
const unknownStatus taskv1.Status = -1

func encodeStatus(s task.Status) taskv1.Status {
	switch s {
	case "":
		return taskv1.Status_STATUS_UNSPECIFIED
	case task.Todo:
		return taskv1.Status_STATUS_TODO
	case task.InProgress:
		return taskv1.Status_STATUS_IN_PROGRESS
	case task.Done:
		return taskv1.Status_STATUS_DONE
	case task.Cancelled:
		return taskv1.Status_STATUS_CANCELLED
	default:
		return unknownStatus
	}
}

func encodeID(id ulid.ULID) []byte { return id[:] }

// encodeIDOrNone sends nothing for no id.
func encodeIDOrNone(id ulid.ULID) []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

func encodeTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func encodeWhen(w *task.When) *taskv1.When {
	if w == nil {
		return nil
	}
	return &taskv1.When{Date: w.Date, Instant: timestamppb.New(w.Instant)}
}

func encodeMutation(m mutation.Mutation) *taskv1.Mutation {
	return &taskv1.Mutation{Id: encodeIDOrNone(m.ID), Repeat: m.Repeat}
}

func encodeIdempotency(i task.Idempotency) *taskv1.Idempotency {
	if i == (task.Idempotency{}) {
		return nil
	}
	return &taskv1.Idempotency{Key: i.Key, Fingerprint: i.Fingerprint[:]}
}

// encodePosition sends nothing for a position that nobody chose.
func encodePosition(p optional.Value[float64]) *float64 {
	if !p.Set {
		return nil
	}
	return &p.Value
}

func decodePosition(p *float64) (o optional.Value[float64]) {
	if p != nil {
		o = optional.Of(*p)
	}
	return o
}
