package tasktransport

import (
	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

// identified is a message that names a list or a task.
type identified interface{ GetId() []byte }

func decodeRef[Msg identified](caller token.Claims, m Msg) (task.Ref, error) {
	var d decoding
	return d.ref(caller, m), d.Err()
}

func (d *decoding) ref(caller token.Claims, m identified) task.Ref {
	return task.Ref{Owner: caller.UserID, ID: d.id("id", m.GetId())}
}

func encodeGetList(r task.Ref) *taskv1.GetListRequest {
	return &taskv1.GetListRequest{Id: encodeIDOrNone(r.ID)}
}

func encodeGetTask(r task.Ref) *taskv1.GetTaskRequest {
	return &taskv1.GetTaskRequest{Id: encodeIDOrNone(r.ID)}
}

func encodeCreateList(r task.CreateList) *taskv1.CreateListRequest {
	return &taskv1.CreateListRequest{
		Id: encodeIDOrNone(r.ID), Title: r.Title, Position: encodePosition(r.Position), Idempotency: encodeIdempotency(r.Idempotency),
	}
}

func decodeCreateList(caller token.Claims, m *taskv1.CreateListRequest) (task.CreateList, error) {
	var d decoding
	r := task.CreateList{
		Owner: caller.UserID, ID: d.id("id", m.GetId()), Title: m.GetTitle(),
		Position: decodePosition(m.Position), Idempotency: d.idempotency(m.GetIdempotency()),
	}
	return r, d.Err()
}

func encodeListQuery(q task.ListQuery) *taskv1.ListListsRequest {
	return &taskv1.ListListsRequest{PageSize: clampSize(q.PageSize), PageToken: q.PageToken}
}

func decodeListQuery(caller token.Claims, m *taskv1.ListListsRequest) (task.ListQuery, error) {
	return task.ListQuery{Owner: caller.UserID, PageSize: int(m.GetPageSize()), PageToken: m.GetPageToken()}, nil
}

// clampSize makes a number of the wire of one that would not fit, and that is
// refused anyway.
func clampSize(n int) int32 { return int32(min(max(n, -1), task.MaxListPage+1)) }

func encodeDeleteList(r task.DeleteList) *taskv1.DeleteListRequest {
	return &taskv1.DeleteListRequest{Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion}
}

func decodeDeleteList(caller token.Claims, m *taskv1.DeleteListRequest, repeated bool) (task.DeleteList, error) {
	var d decoding
	r := task.DeleteList{Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion()}
	return r, d.Err()
}

func encodeCreateTask(r task.CreateTask) *taskv1.CreateTaskRequest {
	return &taskv1.CreateTaskRequest{
		Task: encodeFields(r.Task), Position: encodePosition(r.Position), Idempotency: encodeIdempotency(r.Idempotency),
	}
}

func decodeCreateTask(caller token.Claims, m *taskv1.CreateTaskRequest) (task.CreateTask, error) {
	var d decoding
	r := task.CreateTask{
		Task: d.fields(m.GetTask()), Position: decodePosition(m.Position), Idempotency: d.idempotency(m.GetIdempotency()),
	}
	r.Task.Owner = caller.UserID
	return r, d.Err()
}

func encodeDeleteTask(r task.DeleteTask) *taskv1.DeleteTaskRequest {
	return &taskv1.DeleteTaskRequest{
		Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion, Purge: r.Purge,
	}
}

func decodeDeleteTask(caller token.Claims, m *taskv1.DeleteTaskRequest, repeated bool) (task.DeleteTask, error) {
	var d decoding
	r := task.DeleteTask{
		Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion(), Purge: m.GetPurge(),
	}
	return r, d.Err()
}

func encodeRestoreTask(r task.RestoreTask) *taskv1.RestoreTaskRequest {
	return &taskv1.RestoreTaskRequest{Id: encodeIDOrNone(r.ID), Mutation: encodeMutation(r.Mutation), IfVersion: r.IfVersion}
}

func decodeRestoreTask(caller token.Claims, m *taskv1.RestoreTaskRequest, repeated bool) (task.RestoreTask, error) {
	var d decoding
	r := task.RestoreTask{Ref: d.ref(caller, m), Mutation: d.mutation(m.GetMutation(), repeated), IfVersion: m.GetIfVersion()}
	return r, d.Err()
}

func encodeQuery(q task.Query) *taskv1.ListTasksRequest {
	m := &taskv1.ListTasksRequest{
		PageSize: clampSize(q.PageSize), PageToken: q.PageToken, Label: q.Label,
		DueBefore: encodeTime(q.DueBefore), DueAfter: encodeTime(q.DueAfter), UpdatedAfter: encodeTime(q.UpdatedAfter),
		Text: q.Text, Trash: q.Trash, OrderBy: q.OrderBy,
	}
	if q.ListID.Set {
		m.ListId = encodeID(q.ListID.Value)
	}
	if q.Status.Set {
		m.Status = encodeStatus(q.Status.Value)
		if m.GetStatus() == taskv1.Status_STATUS_UNSPECIFIED {
			m.Status = unknownStatus
		}
	}
	if q.Priority.Set {
		p := clampPriority(q.Priority.Value)
		m.Priority = &p
	}
	if q.At.Set {
		m.At = q.At.Value.Bytes()
	}
	return m
}

func decodeQuery(caller token.Claims, m *taskv1.ListTasksRequest) (task.Query, error) {
	var d decoding
	q := task.Query{
		Owner: caller.UserID, PageSize: int(m.GetPageSize()), PageToken: m.GetPageToken(), Label: m.GetLabel(),
		DueBefore: d.time("due_before", m.GetDueBefore()), DueAfter: d.time("due_after", m.GetDueAfter()),
		UpdatedAfter: d.time("updated_after", m.GetUpdatedAfter()),
		Text:         m.GetText(), Trash: m.GetTrash(), OrderBy: m.GetOrderBy(),
	}
	if len(m.GetListId()) > 0 {
		q.ListID = optional.Of(d.id("list_id", m.GetListId()))
	}
	if m.GetStatus() != taskv1.Status_STATUS_UNSPECIFIED {
		q.Status = optional.Of(decodeStatus(m.GetStatus()))
	}
	if m.Priority != nil {
		q.Priority = optional.Of(int(m.GetPriority()))
	}
	if len(m.GetAt()) > 0 {
		q.At = optional.Of(d.idOrNone("at", m.GetAt()))
	}
	return q, d.Err()
}
