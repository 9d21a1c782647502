package tasktransport

import (
	"slices"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

func encodeGetList(r task.GetList) *taskv1.GetListRequest {
	return &taskv1.GetListRequest{Id: encodeIDOrNone(r.ID), Known: int64(r.Known)}
}

func decodeGetList(caller token.Claims, m *taskv1.GetListRequest) (task.GetList, error) {
	var d decoder
	r := task.GetList{Ref: d.ref(caller, m), Known: task.Revision(m.GetKnown())}
	return r, d.Err()
}

func encodeGetListReply(r task.Read[task.List]) *taskv1.GetListResponse {
	m := &taskv1.GetListResponse{Revision: int64(r.Revision), NotModified: r.NotModified}
	if !r.NotModified {
		m.List = EncodeList(r.Value)
	}
	return m
}

func decodeGetListReply(m *taskv1.GetListResponse) (task.Read[task.List], error) {
	return decodeRead(m, func() (task.List, error) { return DecodeList(m.GetList()) })
}

func encodeListLists(r task.ListLists) *taskv1.ListListsRequest {
	return &taskv1.ListListsRequest{PageSize: clampSize(r.PageSize), PageToken: r.PageToken, MaxBytes: clampBytes(r.MaxBytes), Known: int64(r.Known)}
}

func decodeListLists(caller token.Claims, m *taskv1.ListListsRequest) (task.ListLists, error) {
	return task.ListLists{
		Owner: caller.UserID, PageSize: int(m.GetPageSize()), PageToken: m.GetPageToken(),
		MaxBytes: int(m.GetMaxBytes()), Known: task.Revision(m.GetKnown()),
	}, nil
}

func encodeListListsReply(r task.Read[task.ListPage]) *taskv1.ListListsResponse {
	m := &taskv1.ListListsResponse{Revision: int64(r.Revision), NotModified: r.NotModified, NextPageToken: r.Value.Next}
	m.Lists = slices.Grow(m.GetLists(), len(r.Value.Lists))
	for _, l := range r.Value.Lists {
		m.Lists = append(m.Lists, EncodeList(l))
	}
	return m
}

func decodeListListsReply(m *taskv1.ListListsResponse) (task.Read[task.ListPage], error) {
	return decodeRead(m, func() (task.ListPage, error) {
		lists, err := decodeAll(m.GetLists(), DecodeList)
		return task.ListPage{Lists: lists, Next: m.GetNextPageToken()}, err
	})
}

func encodeGetTask(r task.GetTask) *taskv1.GetTaskRequest {
	return &taskv1.GetTaskRequest{Id: encodeIDOrNone(r.ID), Known: int64(r.Known)}
}

func decodeGetTask(caller token.Claims, m *taskv1.GetTaskRequest) (task.GetTask, error) {
	var d decoder
	r := task.GetTask{Ref: d.ref(caller, m), Known: task.Revision(m.GetKnown())}
	return r, d.Err()
}

func encodeGetTaskReply(r task.Read[task.Task]) *taskv1.GetTaskResponse {
	m := &taskv1.GetTaskResponse{Revision: int64(r.Revision), NotModified: r.NotModified}
	if !r.NotModified {
		m.Task = EncodeTask(r.Value)
	}
	return m
}

func decodeGetTaskReply(m *taskv1.GetTaskResponse) (task.Read[task.Task], error) {
	return decodeRead(m, func() (task.Task, error) { return DecodeTask(m.GetTask()) })
}

func encodeListTasks(r task.ListTasks) *taskv1.ListTasksRequest {
	m := &taskv1.ListTasksRequest{
		PageSize: clampSize(r.PageSize), PageToken: r.PageToken, Label: r.Label,
		DueBefore: encodeTime(r.DueBefore), DueAfter: encodeTime(r.DueAfter), UpdatedAfter: encodeTime(r.UpdatedAfter),
		Text: r.Text, Trash: r.Trash, OrderBy: r.OrderBy, MaxBytes: clampBytes(r.MaxBytes), Known: int64(r.Known),
		Status: encodeStatusField(nil, r.Status),
	}
	if r.ListID.Set {
		m.ListId = encodeID(r.ListID.Value)
	}
	if r.Priority.Set {
		p := clampPriority(r.Priority.Value)
		m.Priority = &p
	}
	return m
}

func decodeListTasks(caller token.Claims, m *taskv1.ListTasksRequest) (task.ListTasks, error) {
	var d decoder
	r := task.ListTasks{
		Owner: caller.UserID, PageSize: int(m.GetPageSize()), PageToken: m.GetPageToken(), Label: m.GetLabel(),
		DueBefore: d.time("due_before", m.GetDueBefore()), DueAfter: d.time("due_after", m.GetDueAfter()),
		UpdatedAfter: d.time("updated_after", m.GetUpdatedAfter()), Text: m.GetText(), Trash: m.GetTrash(),
		OrderBy: m.GetOrderBy(), MaxBytes: int(m.GetMaxBytes()), Known: task.Revision(m.GetKnown()), Status: decodeStatusField(m.GetStatus()),
	}
	if len(m.GetListId()) > 0 {
		r.ListID = optional.Of(d.id("list_id", m.GetListId()))
	}
	if m.Priority != nil {
		r.Priority = optional.Of(int(m.GetPriority()))
	}
	return r, d.Err()
}

func encodeListTasksReply(r task.Read[task.TaskPage]) *taskv1.ListTasksResponse {
	m := &taskv1.ListTasksResponse{Revision: int64(r.Revision), NotModified: r.NotModified, NextPageToken: r.Value.Next}
	m.Tasks = slices.Grow(m.GetTasks(), len(r.Value.Tasks))
	for _, t := range r.Value.Tasks {
		m.Tasks = append(m.Tasks, EncodeTask(t))
	}
	return m
}

func decodeListTasksReply(m *taskv1.ListTasksResponse) (task.Read[task.TaskPage], error) {
	return decodeRead(m, func() (task.TaskPage, error) {
		tasks, err := decodeAll(m.GetTasks(), DecodeTask)
		return task.TaskPage{Tasks: tasks, Next: m.GetNextPageToken()}, err
	})
}

// conditional is the reply to a conditional read.
type conditional interface {
	GetRevision() int64
	GetNotModified() bool
}

func decodeRead[T any](m conditional, value func() (T, error)) (task.Read[T], error) {
	r := task.Read[T]{Revision: task.Revision(m.GetRevision()), NotModified: m.GetNotModified()}
	if r.NotModified {
		return r, nil
	}
	var err error
	r.Value, err = value()
	return r, err
}

// decodeAll returns nil for none.
func decodeAll[M, V any](messages []M, decode func(M) (V, error)) ([]V, error) {
	all := slices.Grow([]V(nil), len(messages))
	for _, m := range messages {
		v, err := decode(m)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
