package task

import (
	"context"
	"strings"
	"time"

	"todokit/pkg/errs"
)

// ListTasks is part of Service.
func (s *service) ListTasks(ctx context.Context, q Query) (Page, error) {
	scan, err := q.scan()
	if err != nil {
		return Page{}, err
	}
	found, err := s.store.Tasks(ctx, scan)
	if err != nil {
		return Page{}, err
	}
	page := Page{Tasks: found.Tasks}
	if found.More {
		page.Next = taskToken(scan.hash(), scan.Order.Place(found.Tasks[len(found.Tasks)-1]))
	}
	return page, nil
}

// scan checks a query, and says it in the store's words.
func (q Query) scan() (TaskScan, error) {
	var c errs.Validator
	scan := TaskScan{Owner: q.Owner, Bytes: MaxPageContent, At: q.At}
	scan.Limit = checkPageSize(&c, q.PageSize, DefaultPage, MaxPage)
	scan.Filter = q.filter(&c)
	order, ok := parseOrder(q.OrderBy)
	if !ok {
		c.Add("order_by", errs.FieldOneOf, OrderNames())
	}
	scan.Order = order
	if q.PageToken != "" && ok {
		var err error
		scan.After, err = parseTaskToken(q.PageToken, scan.hash(), order)
		checkToken(&c, err)
	}
	return scan, c.Err()
}

func (q Query) filter(c *errs.Validator) Filter {
	if q.ListID.Set && q.ListID.Value.IsZero() {
		q.ListID.Value = q.Owner
	}
	if q.Status.Set {
		checkStatus(c, q.Status.Value)
	}
	if q.Priority.Set {
		checkPriority(c, q.Priority.Value)
	}
	label := strings.TrimSpace(q.Label)
	c.Text("label", label, 0, MaxLabel)
	c.Text("q", q.Text, 0, MaxQuery)
	checkInstant(c, "due_before", q.DueBefore)
	checkInstant(c, "due_after", q.DueAfter)
	checkInstant(c, "updated_after", q.UpdatedAfter)
	return Filter{
		ListID: q.ListID, Status: q.Status, Label: label, Priority: q.Priority, Text: q.Text, Trash: q.Trash,
		DueBefore: before(q.DueBefore), DueAfter: floor(q.DueAfter), UpdatedAfter: floor(q.UpdatedAfter),
	}
}

// floor returns the microsecond that a time is in. What rows keep is later
// than the time exactly if it is later than that.
func floor(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	f := t.UTC().Truncate(time.Microsecond)
	return &f
}

// before is floor's counterpart: the first microsecond that is not before the time.
func before(t *time.Time) *time.Time {
	f := floor(t)
	if f != nil && f.Before(*t) {
		*f = f.Add(time.Microsecond)
	}
	return f
}
