package tasktransport

import (
	taskv1 "todokit/api/task/v1"
	"todokit/pkg/optional"
	"todokit/pkg/token"
	"todokit/task"
)

func encodePeek(p task.Peek) *taskv1.PeekRequest {
	m := &taskv1.PeekRequest{TaskId: encodeIDOrNone(p.Task)}
	if p.Known.Set {
		m.Known = encodeID(p.Known.Value)
	}
	return m
}

func decodePeek(caller token.Claims, m *taskv1.PeekRequest) (task.Peek, error) {
	var d decoding
	p := task.Peek{Owner: caller.UserID, Task: d.idOrNone("task_id", m.GetTaskId())}
	if len(m.GetKnown()) > 0 {
		p.Known = optional.Of(d.idOrNone("known", m.GetKnown()))
	}
	return p, d.Err()
}

func encodePeeked(p task.Peeked) *taskv1.PeekResponse {
	m := &taskv1.PeekResponse{Revision: encodeID(p.Revision)}
	if p.Task != nil {
		m.Task = encodeTask(*p.Task)
	}
	return m
}

func decodePeeked(m *taskv1.PeekResponse) (p task.Peeked, err error) {
	if err = p.Revision.UnmarshalBinary(m.GetRevision()); err != nil || m.GetTask() == nil {
		return p, err
	}
	t, err := decodeTask(m.GetTask())
	p.Task = &t
	return p, err
}
