package tasktransport

import (
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

// decoder decodes the parts of a message, and notes what is malformed.
type decoder struct{ errs.Validator }

// id reads an id that must be there.
func (d *decoder) id(name string, b []byte) ulid.ULID {
	if len(b) == 0 {
		d.Add(name, errs.FieldRequired)
		return ulid.ULID{}
	}
	return d.idOrNone(name, b)
}

// idOrNone reads an id that may be missing.
func (d *decoder) idOrNone(name string, b []byte) (id ulid.ULID) {
	if len(b) != 0 && len(b) != len(id) {
		d.Add(name, errs.FieldFormat, fmt.Sprintf("%d bytes, a ULID", len(id)))
		return id
	}
	copy(id[:], b)
	return id
}

// time reads an instant that may be missing.
func (d *decoder) time(name string, t *timestamppb.Timestamp) *time.Time {
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

// timeOfRow reads an instant that every row has.
func (d *decoder) timeOfRow(name string, t *timestamppb.Timestamp) time.Time {
	at := d.time(name, t)
	if t == nil {
		d.Add(name, errs.FieldRequired)
	}
	if at == nil {
		return time.Time{}
	}
	return *at
}

func (d *decoder) when(name string, w *taskv1.When) *task.When {
	if w == nil {
		return nil
	}
	when := &task.When{Date: w.GetDate()}
	if at := d.time(name, w.GetInstant()); at != nil {
		when.Instant = *at
	}
	return when
}

// identified is a message that names a list or a task.
type identified interface{ GetId() []byte }

func (d *decoder) ref(caller token.Claims, m identified) task.Ref {
	return task.Ref{Owner: caller.UserID, ID: d.id("id", m.GetId())}
}

func (d *decoder) unknownPath(i int) {
	d.Add(fmt.Sprintf("update_mask.paths[%d]", i), errs.FieldUnknown)
}

func (d *decoder) mutation(m *taskv1.Mutation, repeated bool) mutation.Mutation {
	return mutation.Mutation{ID: d.id("mutation.id", m.GetId()), Repeat: m.GetRepeat() || repeated}
}

func (d *decoder) idempotency(m *taskv1.Idempotency) task.Idempotency {
	i := task.Idempotency{Key: m.GetKey()}
	if m != nil && len(m.GetFingerprint()) != len(i.Fingerprint) {
		d.Add("idempotency.fingerprint", errs.FieldFormat, fmt.Sprintf("%d bytes", len(i.Fingerprint)))
	}
	copy(i.Fingerprint[:], m.GetFingerprint())
	return i
}

// decodeStatus makes of a number that it does not know something that the
// service will refuse.
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

// encodeStatusField sends a status that is set so that it is not taken for none.
func encodeStatusField(mask *fieldmaskpb.FieldMask, o optional.Value[task.Status]) taskv1.Status {
	s := encodeStatus(masked(mask, "status", o))
	if o.Set && s == taskv1.Status_STATUS_UNSPECIFIED {
		return unknownStatus
	}
	return s
}

func decodeStatusField(s taskv1.Status) (o optional.Value[task.Status]) {
	if s != taskv1.Status_STATUS_UNSPECIFIED {
		o = optional.Of(decodeStatus(s))
	}
	return o
}

// masked returns the value of a field, and adds its name to the mask, if there is
// one, when the field is set.
func masked[T any](mask *fieldmaskpb.FieldMask, name string, o optional.Value[T]) T {
	if o.Set && mask != nil {
		mask.Paths = append(mask.Paths, name)
	}
	return o.Value
}

// clampPriority makes a number of the wire of one that would not fit, and that
// is refused anyway.
func clampPriority(p int) int32 { return int32(min(max(p, -1), task.MaxPriority+1)) }

// clampSize is to page sizes what clampPriority is to priorities.
func clampSize(n int) int32 { return int32(min(max(n, -1), task.MaxListPage+1)) }

// clampBytes is to the bytes of a page what clampPriority is to priorities.
func clampBytes(n int) int32 { return int32(min(max(n, -1), task.MaxPageContent)) }

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
