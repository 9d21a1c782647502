package tasktransport

import (
	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/task"
)

// EncodeTask encodes a task of a reply.
func EncodeTask(t task.Task) *taskv1.Task {
	return &taskv1.Task{
		Owner: encodeID(t.Owner), Id: encodeID(t.ID), ListId: encodeID(t.ListID), Title: t.Title, Content: t.Content,
		Status: encodeStatus(t.Status), Priority: clampPriority(t.Priority), Start: encodeWhen(t.Start), Due: encodeWhen(t.Due),
		TimeZone: t.TimeZone, Labels: t.Labels, Position: t.Position,
		CompleteTime: encodeTime(t.CompleteTime), DeleteTime: encodeTime(t.DeleteTime),
		CreateTime: timestamppb.New(t.CreateTime), UpdateTime: timestamppb.New(t.UpdateTime),
		Version: t.Version, Mutation: encodeID(t.Mutation),
	}
}

// DecodeTask decodes what EncodeTask encodes.
func DecodeTask(m *taskv1.Task) (task.Task, error) {
	var d decoder
	t := task.Task{
		Owner: d.id("owner", m.GetOwner()), ID: d.id("id", m.GetId()), ListID: d.id("list_id", m.GetListId()),
		Title: m.GetTitle(), Content: m.GetContent(), Status: decodeStatus(m.GetStatus()), Priority: int(m.GetPriority()),
		Start: d.when("start", m.GetStart()), Due: d.when("due", m.GetDue()),
		TimeZone: m.GetTimeZone(), Labels: m.GetLabels(), Position: m.GetPosition(),
		CompleteTime: d.time("complete_time", m.GetCompleteTime()), DeleteTime: d.time("delete_time", m.GetDeleteTime()),
		CreateTime: d.timeOfRow("create_time", m.GetCreateTime()), UpdateTime: d.timeOfRow("update_time", m.GetUpdateTime()),
		Version: m.GetVersion(), Mutation: d.id("mutation", m.GetMutation()),
	}
	return t, d.Err()
}

// encodeTaskFields encodes what a client has chosen. It adds the names of the set
// fields to a mask, if there is one.
func encodeTaskFields(id ulid.ULID, f task.TaskFields, mask *fieldmaskpb.FieldMask) *taskv1.Task {
	return &taskv1.Task{
		Id:       encodeIDOrNone(id),
		ListId:   encodeIDOrNone(masked(mask, "list_id", f.ListID)),
		Title:    masked(mask, "title", f.Title),
		Content:  masked(mask, "content", f.Content),
		Status:   encodeStatusField(mask, f.Status),
		Priority: clampPriority(masked(mask, "priority", f.Priority)),
		Start:    encodeWhen(masked(mask, "start", f.Start)),
		Due:      encodeWhen(masked(mask, "due", f.Due)),
		TimeZone: masked(mask, "time_zone", f.TimeZone),
		Labels:   masked(mask, "labels", f.Labels),
		Position: masked(mask, "position", f.Position),
	}
}

// taskFields decodes every field.
func (d *decoder) taskFields(m *taskv1.Task) task.TaskFields {
	return task.TaskFields{
		ListID:   optional.Of(d.idOrNone("list_id", m.GetListId())),
		Title:    optional.Of(m.GetTitle()),
		Content:  optional.Of(m.GetContent()),
		Status:   optional.Of(decodeStatus(m.GetStatus())),
		Priority: optional.Of(int(m.GetPriority())),
		Start:    optional.Of(d.when("start", m.GetStart())),
		Due:      optional.Of(d.when("due", m.GetDue())),
		TimeZone: optional.Of(m.GetTimeZone()),
		Labels:   optional.Of(m.GetLabels()),
		Position: optional.Of(m.GetPosition()),
	}
}

// maskedTaskFields returns the fields that a mask names.
func (d *decoder) maskedTaskFields(all task.TaskFields, mask *fieldmaskpb.FieldMask) (f task.TaskFields) {
	for i, path := range mask.GetPaths() {
		switch path {
		case "list_id":
			f.ListID = all.ListID
		case "title":
			f.Title = all.Title
		case "content":
			f.Content = all.Content
		case "status":
			f.Status = all.Status
		case "priority":
			f.Priority = all.Priority
		case "start":
			f.Start = all.Start
		case "due":
			f.Due = all.Due
		case "time_zone":
			f.TimeZone = all.TimeZone
		case "labels":
			f.Labels = all.Labels
		case "position":
			f.Position = all.Position
		default:
			d.unknownPath(i)
		}
	}
	return f
}
