package tasktest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"todokit/task"
)

// Tasks is part of task.TaskStore. It sorts all that the owner has.
func (s *Store) Tasks(_ context.Context, scan task.TaskScan) (task.TaskSlice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found task.TaskSlice
	size := 0
	for _, t := range sorted(maps.Values(s.of(scan.Owner).tasks), scan.Order) {
		if !meets(t, scan.Filter) || scan.After != nil && comparePlaces(scan.Order.Place(t), *scan.After, scan.Order) <= 0 {
			continue
		}
		size += len(t.Title) + len(t.Content)
		if n := len(found.Tasks); n == scan.Limit || n > 0 && size > scan.Bytes {
			found.More = true
			break
		}
		found.Tasks = append(found.Tasks, copyTask(t))
	}
	return found, nil
}

// sorted returns the tasks in an order.
func sorted(tasks func(func(task.Task) bool), o task.Order) []task.Task {
	return slices.SortedFunc(tasks, func(a, b task.Task) int { return comparePlaces(o.Place(a), o.Place(b), o) })
}

func comparePlaces(a, b task.Place, o task.Order) int {
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

// meets says whether a task meets every condition that is set.
func meets(t task.Task, f task.Filter) bool {
	text := strings.ToLower(f.Text)
	switch {
	case f.Trash != (t.DeleteTime != nil),
		f.ListID.Set && t.ListID != f.ListID.Value,
		f.Status.Set && t.Status != f.Status.Value,
		f.Priority.Set && t.Priority != f.Priority.Value,
		f.Label != "" && !slices.Contains(t.Labels, f.Label),
		f.DueBefore != nil && (t.Due == nil || !t.Due.Instant.Before(*f.DueBefore)),
		f.DueAfter != nil && (t.Due == nil || !t.Due.Instant.After(*f.DueAfter)),
		f.UpdatedAfter != nil && !t.UpdateTime.After(*f.UpdatedAfter):
		return false
	default:
		return strings.Contains(strings.ToLower(t.Title), text) || strings.Contains(strings.ToLower(t.Content), text)
	}
}
