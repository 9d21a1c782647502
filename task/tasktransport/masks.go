package tasktransport

import (
	"fmt"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

// An update has a mask of the fields that it sets. Encoding collects their
// names; decoding sets the fields by name, so that both know the same ones.

// put notes a set field in a mask.
func put[T any](mask *fieldmaskpb.FieldMask, name string, o optional.Value[T]) T {
	if o.Set {
		mask.Paths = append(mask.Paths, name)
	}
	return o.Value
}

func encodeUpdateList(r task.UpdateList) *taskv1.UpdateListRequest {
	mask := &fieldmaskpb.FieldMask{}
	return &taskv1.UpdateListRequest{
		List:       &taskv1.List{Id: encodeIDOrNone(r.ID), Title: put(mask, "title", r.Title), Position: put(mask, "position", r.Position)},
		UpdateMask: mask, Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion,
	}
}

func decodeUpdateList(caller token.Claims, m *taskv1.UpdateListRequest, repeated bool) (task.UpdateList, error) {
	var d decoding
	r := task.UpdateList{
		Ref: d.ref(caller, m.GetList()), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(),
	}
	for i, path := range m.GetUpdateMask().GetPaths() {
		switch path {
		case "title":
			r.Title = optional.Of(m.GetList().GetTitle())
		case "position":
			r.Position = optional.Of(m.GetList().GetPosition())
		default:
			d.unknownPath(i)
		}
	}
	return r, d.Err()
}

func (d *decoding) unknownPath(i int) {
	d.Add(fmt.Sprintf("update_mask.paths[%d]", i), errs.FieldUnknown)
}

func encodeUpdateTask(r task.UpdateTask) *taskv1.UpdateTaskRequest {
	mask := &fieldmaskpb.FieldMask{}
	t := encodeFields(task.Task{
		ID:       r.ID,
		ListID:   put(mask, "list_id", r.ListID),
		Title:    put(mask, "title", r.Title),
		Content:  put(mask, "content", r.Content),
		Status:   put(mask, "status", r.Status),
		Priority: put(mask, "priority", r.Priority),
		Start:    put(mask, "start", r.Start),
		Due:      put(mask, "due", r.Due),
		TimeZone: put(mask, "time_zone", r.TimeZone),
		Labels:   put(mask, "labels", r.Labels),
	})
	t.Position = put(mask, "position", r.Position)
	return &taskv1.UpdateTaskRequest{Task: t, UpdateMask: mask, Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion}
}

func decodeUpdateTask(caller token.Claims, m *taskv1.UpdateTaskRequest, repeated bool) (task.UpdateTask, error) {
	var d decoding
	t := d.fields(m.GetTask())
	r := task.UpdateTask{
		Ref:      task.Ref{Owner: caller.UserID, ID: t.ID},
		Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(),
	}
	for i, path := range m.GetUpdateMask().GetPaths() {
		if path == "position" {
			r.Position = optional.Of(m.GetTask().GetPosition())
		} else if !setField(&r, path, t) {
			d.unknownPath(i)
		}
	}
	return r, d.Err()
}

// setField sets one field of an update, and says whether there is one of that name.
func setField(r *task.UpdateTask, path string, t task.Task) bool {
	switch path {
	case "list_id":
		r.ListID = optional.Of(t.ListID)
	case "title":
		r.Title = optional.Of(t.Title)
	case "content":
		r.Content = optional.Of(t.Content)
	case "status":
		r.Status = optional.Of(t.Status)
	case "priority":
		r.Priority = optional.Of(t.Priority)
	case "start":
		r.Start = optional.Of(t.Start)
	case "due":
		r.Due = optional.Of(t.Due)
	case "time_zone":
		r.TimeZone = optional.Of(t.TimeZone)
	case "labels":
		r.Labels = optional.Of(t.Labels)
	default:
		return false
	}
	return true
}
