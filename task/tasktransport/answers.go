package tasktransport

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	taskv1 "todokit/api/task/v1"
	"todokit/task"
)

// errNoTime is for an answer that lacks a time which every row has.
var errNoTime = errors.New("an answer without its times")

func encodeList(l task.List) *taskv1.List {
	return &taskv1.List{
		Owner: encodeID(l.Owner), Id: encodeID(l.ID), Title: l.Title, Position: l.Position,
		CreateTime: timestamppb.New(l.CreateTime), UpdateTime: timestamppb.New(l.UpdateTime),
		Version: l.Version, Mutation: encodeID(l.Mutation),
	}
}

func decodeList(m *taskv1.List) (task.List, error) {
	var d decoding
	l := task.List{
		Owner: d.id("owner", m.GetOwner()), ID: d.id("id", m.GetId()), Title: m.GetTitle(), Position: m.GetPosition(),
		Version: m.GetVersion(), Mutation: d.id("mutation", m.GetMutation()),
	}
	created, updated := d.time("create_time", m.GetCreateTime()), d.time("update_time", m.GetUpdateTime())
	if created == nil || updated == nil {
		return l, errors.Join(errNoTime, d.Err())
	}
	l.CreateTime, l.UpdateTime = *created, *updated
	return l, d.Err()
}

func encodeListPage(p task.ListPage) *taskv1.ListListsResponse {
	m := &taskv1.ListListsResponse{NextPageToken: p.Next, Lists: make([]*taskv1.List, 0, len(p.Lists))}
	for _, l := range p.Lists {
		m.Lists = append(m.Lists, encodeList(l))
	}
	return m
}

func decodeListPage(m *taskv1.ListListsResponse) (task.ListPage, error) {
	p := task.ListPage{Next: m.GetNextPageToken()}
	for _, l := range m.GetLists() {
		list, err := decodeList(l)
		if err != nil {
			return p, err
		}
		p.Lists = append(p.Lists, list)
	}
	return p, nil
}

func encodeTask(t task.Task) *taskv1.Task {
	m := encodeFields(t)
	m.Owner, m.Position = encodeID(t.Owner), t.Position
	m.CompleteTime, m.DeleteTime = encodeTime(t.CompleteTime), encodeTime(t.DeleteTime)
	m.CreateTime, m.UpdateTime = timestamppb.New(t.CreateTime), timestamppb.New(t.UpdateTime)
	m.Version, m.Mutation = t.Version, encodeID(t.Mutation)
	return m
}

// encodeFields encodes what a client may choose, the position excepted.
func encodeFields(t task.Task) *taskv1.Task {
	return &taskv1.Task{
		Id: encodeIDOrNone(t.ID), ListId: encodeIDOrNone(t.ListID), Title: t.Title, Content: t.Content,
		Status: encodeStatus(t.Status), Priority: clampPriority(t.Priority), Start: encodeWhen(t.Start), Due: encodeWhen(t.Due),
		TimeZone: t.TimeZone, Labels: t.Labels,
	}
}

// clampPriority makes a number of the wire of one that would not fit, and that
// is refused anyway.
func clampPriority(p int) int32 { return int32(min(max(p, -1), task.MaxPriority+1)) }

func decodeTask(m *taskv1.Task) (task.Task, error) {
	var d decoding
	t := d.fields(m)
	t.Owner, t.Position = d.id("owner", m.GetOwner()), m.GetPosition()
	t.CompleteTime, t.DeleteTime = d.time("complete_time", m.GetCompleteTime()), d.time("delete_time", m.GetDeleteTime())
	t.Version, t.Mutation = m.GetVersion(), d.id("mutation", m.GetMutation())
	created, updated := d.time("create_time", m.GetCreateTime()), d.time("update_time", m.GetUpdateTime())
	if created == nil || updated == nil {
		return t, errors.Join(errNoTime, d.Err())
	}
	t.CreateTime, t.UpdateTime = *created, *updated
	return t, d.Err()
}

// fields decodes what encodeFields encodes.
func (d *decoding) fields(m *taskv1.Task) task.Task {
	return task.Task{
		ID: d.id("id", m.GetId()), ListID: d.idOrNone("list_id", m.GetListId()), Title: m.GetTitle(), Content: m.GetContent(),
		Status: decodeStatus(m.GetStatus()), Priority: int(m.GetPriority()),
		Start: d.when("start", m.GetStart()), Due: d.when("due", m.GetDue()),
		TimeZone: m.GetTimeZone(), Labels: m.GetLabels(),
	}
}

func encodePage(p task.Page) *taskv1.ListTasksResponse {
	m := &taskv1.ListTasksResponse{NextPageToken: p.Next, Tasks: make([]*taskv1.Task, 0, len(p.Tasks))}
	for _, t := range p.Tasks {
		m.Tasks = append(m.Tasks, encodeTask(t))
	}
	return m
}

func decodePage(m *taskv1.ListTasksResponse) (task.Page, error) {
	p := task.Page{Next: m.GetNextPageToken(), Tasks: slices.Grow([]task.Task(nil), len(m.GetTasks()))} // nil for none
	for _, t := range m.GetTasks() {
		v, err := decodeTask(t)
		if err != nil {
			return p, err
		}
		p.Tasks = append(p.Tasks, v)
	}
	return p, nil
}
