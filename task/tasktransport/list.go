package tasktransport

import (
	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/task"
)

// EncodeList encodes a list of a reply.
func EncodeList(l task.List) *taskv1.List {
	return &taskv1.List{
		Owner: encodeID(l.Owner), Id: encodeID(l.ID), Title: l.Title, Position: l.Position,
		CreateTime: timestamppb.New(l.CreateTime), UpdateTime: timestamppb.New(l.UpdateTime),
		Version: l.Version, Mutation: encodeID(l.Mutation),
	}
}

// DecodeList decodes what EncodeList encodes.
func DecodeList(m *taskv1.List) (task.List, error) {
	var d decoder
	l := task.List{
		Owner: d.id("owner", m.GetOwner()), ID: d.id("id", m.GetId()), Title: m.GetTitle(), Position: m.GetPosition(),
		CreateTime: d.timeOfRow("create_time", m.GetCreateTime()), UpdateTime: d.timeOfRow("update_time", m.GetUpdateTime()),
		Version: m.GetVersion(), Mutation: d.id("mutation", m.GetMutation()),
	}
	return l, d.Err()
}

func encodeListFields(id ulid.ULID, f task.ListFields, mask *fieldmaskpb.FieldMask) *taskv1.List {
	return &taskv1.List{
		Id:       encodeIDOrNone(id),
		Title:    masked(mask, "title", f.Title),
		Position: masked(mask, "position", f.Position),
	}
}

// listFields returns the fields that a mask names.
func (d *decoder) listFields(m *taskv1.List, mask *fieldmaskpb.FieldMask) (f task.ListFields) {
	for i, path := range mask.GetPaths() {
		switch path {
		case "title":
			f.Title = optional.Of(m.GetTitle())
		case "position":
			f.Position = optional.Of(m.GetPosition())
		default:
			d.unknownPath(i)
		}
	}
	return f
}
