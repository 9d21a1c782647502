package tasktest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"todokit/pkg/casefold"
	"todokit/task"
)

// Tasks sorts all that the owner has.
func (s *Store) Tasks(_ context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(q.Owner)
	return read(o, q.Known, func() (task.TaskBatch, error) { return o.query(q), nil })
}

func (o *owner) query(q task.TaskQuery) (found task.TaskBatch) {
	size := 0
	for _, t := range sorted(maps.Values(o.tasks), q.Order) {
		if !matches(t, q.Filter) || q.After != nil && compareCursors(q.Order.Cursor(t), *q.After, q.Order) <= 0 {
			continue
		}
		size += len(t.Title) + len(t.Content)
		if n := len(found.Tasks); n == q.Limit || n > 0 && size > q.Bytes {
			found.More = true
			break
		}
		found.Tasks = append(found.Tasks, copyTask(t))
	}
	return found
}

// sorted returns the tasks in an order.
func sorted(tasks func(func(task.Task) bool), o task.Order) []task.Task {
	return slices.SortedFunc(tasks, func(a, b task.Task) int { return compareCursors(o.Cursor(a), o.Cursor(b), o) })
}

func compareCursors(a, b task.Cursor, o task.Order) int {
	if a.Unset != b.Unset {
		if b.Unset {
			return -1
		}
		return 1
	}
	c := a.ID.Compare(b.ID)
	if !a.Unset {
		c = cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Text, b.Text), c)
	}
	if o.Descending {
		return -c
	}
	return c
}

// matches says whether a task meets every condition that is set.
func matches(t task.Task, f task.Filter) bool {
	switch {
	case f.Trash != (t.DeleteTime != nil),
		f.ListID.Set && t.ListID != f.ListID.Value,
		f.Status.Set && t.Status != f.Status.Value,
		f.Priority.Set && t.Priority != f.Priority.Value,
		f.Label != "" && !slices.ContainsFunc(t.Labels, func(label string) bool { return casefold.String(label) == f.Label }),
		f.DueBefore != nil && (t.Due == nil || !t.Due.Instant.Before(*f.DueBefore)),
		f.DueAfter != nil && (t.Due == nil || !t.Due.Instant.After(*f.DueAfter)),
		f.UpdatedAfter != nil && !t.UpdateTime.After(*f.UpdatedAfter):
		return false
	default:
		return strings.Contains(casefold.String(t.Title), f.Text) || strings.Contains(casefold.String(t.Content), f.Text)
	}
}
