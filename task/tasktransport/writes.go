package tasktransport

import (
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

func encodeCreateList(r task.CreateList) *taskv1.CreateListRequest {
	return &taskv1.CreateListRequest{
		Id: encodeIDOrNone(r.ID), Title: r.Title.Value, Position: encodePosition(r.Position), Idempotency: encodeIdempotency(r.Idempotency),
	}
}

func decodeCreateList(caller token.Claims, m *taskv1.CreateListRequest) (task.CreateList, error) {
	var d decoder
	r := task.CreateList{
		Owner: caller.UserID, ID: d.id("id", m.GetId()), Idempotency: d.idempotency(m.GetIdempotency()),
		ListFields: task.ListFields{Title: optional.Of(m.GetTitle()), Position: decodePosition(m.Position)},
	}
	return r, d.Err()
}

func encodeUpdateList(r task.UpdateList) *taskv1.UpdateListRequest {
	mask := &fieldmaskpb.FieldMask{}
	return &taskv1.UpdateListRequest{
		List: encodeListFields(r.ID, r.ListFields, mask), UpdateMask: mask,
		Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion,
	}
}

func decodeUpdateList(caller token.Claims, m *taskv1.UpdateListRequest, repeated bool) (task.UpdateList, error) {
	var d decoder
	r := task.UpdateList{
		Ref: d.ref(caller, m.GetList()), ListFields: d.listFields(m.GetList(), m.GetUpdateMask()),
		Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(),
	}
	return r, d.Err()
}

func encodeDeleteList(r task.DeleteList) *taskv1.DeleteListRequest {
	return &taskv1.DeleteListRequest{Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion}
}

func decodeDeleteList(caller token.Claims, m *taskv1.DeleteListRequest, repeated bool) (task.DeleteList, error) {
	var d decoder
	r := task.DeleteList{Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion()}
	return r, d.Err()
}

func encodeCreateTask(r task.CreateTask) *taskv1.CreateTaskRequest {
	return &taskv1.CreateTaskRequest{
		Task: encodeTaskFields(r.ID, r.TaskFields, nil), Position: encodePosition(r.Position), Idempotency: encodeIdempotency(r.Idempotency),
	}
}

// decodeCreateTask sets every field but those for which nothing means that the
// service chooses.
func decodeCreateTask(caller token.Claims, m *taskv1.CreateTaskRequest) (task.CreateTask, error) {
	var d decoder
	r := task.CreateTask{
		Owner: caller.UserID, ID: d.id("id", m.GetTask().GetId()), TaskFields: d.taskFields(m.GetTask()),
		Idempotency: d.idempotency(m.GetIdempotency()),
	}
	r.Status, r.Position = decodeStatusField(m.GetTask().GetStatus()), decodePosition(m.Position)
	return r, d.Err()
}

func encodeUpdateTask(r task.UpdateTask) *taskv1.UpdateTaskRequest {
	mask := &fieldmaskpb.FieldMask{}
	return &taskv1.UpdateTaskRequest{
		Task: encodeTaskFields(r.ID, r.TaskFields, mask), UpdateMask: mask,
		Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion,
	}
}

func decodeUpdateTask(caller token.Claims, m *taskv1.UpdateTaskRequest, repeated bool) (task.UpdateTask, error) {
	var d decoder
	r := task.UpdateTask{
		Ref: d.ref(caller, m.GetTask()), TaskFields: d.maskedTaskFields(d.taskFields(m.GetTask()), m.GetUpdateMask()),
		Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(),
	}
	return r, d.Err()
}

func encodeDeleteTask(r task.DeleteTask) *taskv1.DeleteTaskRequest {
	return &taskv1.DeleteTaskRequest{
		Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion, Purge: r.Purge,
	}
}

func decodeDeleteTask(caller token.Claims, m *taskv1.DeleteTaskRequest, repeated bool) (task.DeleteTask, error) {
	var d decoder
	r := task.DeleteTask{
		Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(), Purge: m.GetPurge(),
	}
	return r, d.Err()
}

func encodeRestoreTask(r task.RestoreTask) *taskv1.RestoreTaskRequest {
	return &taskv1.RestoreTaskRequest{Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion}
}

func decodeRestoreTask(caller token.Claims, m *taskv1.RestoreTaskRequest, repeated bool) (task.RestoreTask, error) {
	var d decoder
	r := task.RestoreTask{Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion()}
	return r, d.Err()
}
