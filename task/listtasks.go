package task

import (
	"context"
	"fmt"
	"strings"
	"time"

	"todokit/pkg/casefold"
	"todokit/pkg/errs"
)

func (s *service) ListTasks(ctx context.Context, r ListTasks) (Read[TaskPage], error) {
	q, err := r.query()
	if err != nil {
		return Read[TaskPage]{}, err
	}
	found, err := s.store.Tasks(ctx, q)
	if err != nil {
		return Read[TaskPage]{}, err
	}
	batch := found.Value
	page := TaskPage{Tasks: batch.Tasks}
	if batch.More {
		page.Next = taskToken(q.hash(), q.Order.Cursor(batch.Tasks[len(batch.Tasks)-1]))
	}
	return Read[TaskPage]{Revision: found.Revision, NotModified: found.NotModified, Value: page}, nil
}

// Scans says whether all that the owner has may have to be looked at, because no
// key of the store leads to the page: a filter leaves few tasks, or the order is
// none by which they are kept.
func (r ListTasks) Scans() bool {
	order, _ := parseOrder(r.OrderBy)
	due, updated := r.DueBefore != nil || r.DueAfter != nil, r.UpdatedAfter != nil
	switch {
	case r.Text != "" || r.Label != "" || r.Status.Set || r.Priority.Set:
		return true
	case order.By == ByDue:
		return updated || r.ListID.Set
	case order.By == ByUpdateTime:
		return due || r.ListID.Set
	case order.By == ByPosition:
		return due || updated || !r.ListID.Set
	default:
		return due || updated || order.By != ByCreateTime
	}
}

// Validate returns the errs.ErrInvalid that the service would return, without
// asking it.
func (r ListTasks) Validate() error {
	_, err := r.query()
	return err
}

// query checks a request, and puts it in the store's terms.
func (r ListTasks) query() (TaskQuery, error) {
	var v errs.Validator
	q := TaskQuery{Owner: r.Owner, Bytes: pageBytes(r.MaxBytes), Known: r.Known}
	q.Limit = pageSize(&v, r.PageSize, DefaultPage, MaxPage)
	q.Filter = r.filter(&v)
	order, ok := parseOrder(r.OrderBy)
	if !ok {
		v.Add("order_by", errs.FieldOneOf, OrderNames())
	}
	q.Order = order
	if r.PageToken != "" && ok {
		var err error
		q.After, err = parseTaskToken(r.PageToken, q.hash(), order)
		validateToken(&v, err)
	}
	return q, v.Err()
}

func (r ListTasks) filter(v *errs.Validator) Filter {
	if r.ListID.Set && r.ListID.Value.IsZero() {
		r.ListID.Value = r.Owner
	}
	if r.Status.Set {
		validateStatus(v, r.Status.Value)
	}
	validatePriority(v, r.Priority.Value)
	label := strings.TrimSpace(r.Label)
	v.Line("label", label, 0, MaxLabel)
	v.Lines("q", r.Text, 0, MaxQuery)
	validateInstant(v, "due_before", r.DueBefore)
	validateInstant(v, "due_after", r.DueAfter)
	validateInstant(v, "updated_after", r.UpdatedAfter)
	return Filter{
		ListID: r.ListID, Status: r.Status, Priority: r.Priority, Trash: r.Trash,
		Label: casefold.String(label), Text: casefold.String(r.Text),
		DueBefore: before(r.DueBefore), DueAfter: floor(r.DueAfter), UpdatedAfter: floor(r.UpdatedAfter),
	}
}

// pageSize returns the size of a page, 0 being the default, and notes one that
// is not allowed.
func pageSize(v *errs.Validator, size, byDefault, most int) int {
	if size < 0 || size > most {
		v.Add("page_size", errs.FieldRange, fmt.Sprintf("1 to %d", most))
	}
	if size == 0 {
		return byDefault
	}
	return size
}

// pageBytes returns how many bytes of texts a page may have.
func pageBytes(asked int) int {
	if asked <= 0 {
		return MaxPageContent
	}
	return min(asked, MaxPageContent)
}

// validateToken notes a page token that could not be parsed.
func validateToken(v *errs.Validator, err error) {
	if err != nil {
		v.Add("page_token", errs.FieldFormat, "the next_page_token of a page of the same query")
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
