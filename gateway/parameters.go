package gateway

import (
	"slices"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

// taskParameters are the query parameters of GET /tasks.
var taskParameters = []string{
	"page_size", "page_token", "list_id", "status", "label", "priority",
	"due_before", "due_after", "updated_after", "q", "trash", "order_by",
}

// taskQuery reads them. Returns errs.ErrInvalid with every one that is wrong.
func (c *call) taskQuery() (task.Query, error) {
	q := c.query
	query := task.Query{
		Owner:        c.caller.UserID,
		PageSize:     q.Int("page_size", 1, task.MaxPage),
		PageToken:    q.Text("page_token"),
		ListID:       c.listParameter(),
		Status:       c.statusParameter(),
		Label:        q.Text("label"),
		Priority:     optional.Value[int]{Set: q.Has("priority"), Value: q.Int("priority", 0, task.MaxPriority)},
		DueBefore:    q.Instant("due_before"),
		DueAfter:     q.Instant("due_after"),
		UpdatedAfter: q.Instant("updated_after"),
		Text:         q.Text("q"),
		Trash:        q.Bool("trash"),
		OrderBy:      c.orderParameter(),
	}
	return query, q.Err()
}

func (c *call) listParameter() (list optional.Value[ulid.ULID]) {
	if !c.query.Has("list_id") {
		return list
	}
	id, err := ulid.ParseStrict(c.query.Text("list_id"))
	if err != nil {
		c.query.Add("list_id", errs.FieldFormat, idFormat)
	}
	return optional.Of(id)
}

func (c *call) statusParameter() (status optional.Value[task.Status]) {
	if !c.query.Has("status") {
		return status
	}
	status = optional.Of(task.Status(c.query.Text("status")))
	if !slices.Contains(task.Statuses(), status.Value) {
		c.query.Add("status", errs.FieldOneOf, statuses())
	}
	return status
}

// orderParameter refuses an order without a name; which names there are is the
// task service's to say.
func (c *call) orderParameter() string {
	order := c.query.Text("order_by")
	if c.query.Has("order_by") && order == "" {
		c.query.Add("order_by", errs.FieldOneOf, task.OrderNames())
	}
	return order
}
