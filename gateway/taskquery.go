package gateway

import (
	"net/http"
	"slices"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/optional"
	"todokit/pkg/rest"
	"todokit/task"
)

// taskParameters are the query parameters of GET /tasks.
var taskParameters = parameters[task.ListTasks]{
	{"page_size", func(q *rest.Query, name string, in *task.ListTasks) { in.PageSize = q.Int(name, 1, task.MaxPage) }},
	{"page_token", func(q *rest.Query, name string, in *task.ListTasks) { in.PageToken = q.Text(name) }},
	{"list_id", func(q *rest.Query, name string, in *task.ListTasks) { in.ListID = optional.Of(queryID(q, name)) }},
	{"status", func(q *rest.Query, name string, in *task.ListTasks) { in.Status = optional.Of(queryStatus(q, name)) }},
	{"label", func(q *rest.Query, name string, in *task.ListTasks) { in.Label = q.Text(name) }},
	{"priority", func(q *rest.Query, name string, in *task.ListTasks) {
		in.Priority = optional.Of(q.Int(name, 0, task.MaxPriority))
	}},
	{"due_before", func(q *rest.Query, name string, in *task.ListTasks) { in.DueBefore = q.Instant(name) }},
	{"due_after", func(q *rest.Query, name string, in *task.ListTasks) { in.DueAfter = q.Instant(name) }},
	{"updated_after", func(q *rest.Query, name string, in *task.ListTasks) { in.UpdatedAfter = q.Instant(name) }},
	{"q", func(q *rest.Query, name string, in *task.ListTasks) { in.Text = q.Text(name) }},
	{"trash", func(q *rest.Query, name string, in *task.ListTasks) { in.Trash = q.Bool(name) }},
	{"order_by", func(q *rest.Query, name string, in *task.ListTasks) { in.OrderBy = queryOrder(q, name) }},
}

// deleteParameters are the query parameters of DELETE /tasks/{id}.
var deleteParameters = parameters[task.DeleteTask]{
	{"purge", func(q *rest.Query, name string, in *task.DeleteTask) { in.Purge = q.Bool(name) }},
}

// ofPage returns the limiter for a page of tasks. One that may take long gets one
// of the few places for those, so that no other request waits for it.
func (l Limiters) ofPage(r *http.Request) *loadshed.Limiter {
	var in task.ListTasks
	query, err := rest.ReadQuery(r, taskParameters.names()...)
	if err == nil && taskParameters.read(query, &in) == nil && in.Scans() {
		return l.Scans
	}
	return l.Tasks
}

func queryID(q *rest.Query, name string) ulid.ULID {
	id, err := ulid.ParseStrict(q.Text(name))
	if err != nil {
		q.Add(name, errs.FieldFormat, idFormat)
	}
	return id
}

func queryStatus(q *rest.Query, name string) task.Status {
	status := task.Status(q.Text(name))
	if !slices.Contains(task.Statuses(), status) {
		q.Add(name, errs.FieldOneOf, statusNames())
	}
	return status
}

// queryOrder refuses an order without a name; which names there are is the task
// service's to say.
func queryOrder(q *rest.Query, name string) string {
	order := q.Text(name)
	if order == "" {
		q.Add(name, errs.FieldOneOf, task.OrderNames())
	}
	return order
}
