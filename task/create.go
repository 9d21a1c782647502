package task

import (
	"context"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// CreateTask is part of Service.
func (s *service) CreateTask(ctx context.Context, r CreateTask) (Task, error) {
	now := s.clock.now()
	fields := r.fields()
	var c errs.Validator
	mutation.ValidateID(&c, "id", r.Task.ID, now)
	checkKey(&c, r.Idempotency)
	checkTaskFields(&c, fields)
	if err := c.Err(); err != nil {
		return Task{}, err
	}
	t, err := fields.apply(r.begin(), now)
	if err != nil {
		return Task{}, err
	}
	insert := TaskInsert{Task: t, Idempotency: r.Idempotency, Limit: s.taskLimit}
	return opening(ctx, s, t.Owner, func() (Task, error) { return s.store.InsertTask(ctx, insert) })
}

// begin returns the task before anything is set.
func (r CreateTask) begin() Task {
	return Task{
		Owner: r.Task.Owner, ID: r.Task.ID, ListID: r.Task.Owner, Position: positionOf(r.Task.ID),
		CreateTime: r.Task.ID.Timestamp().UTC(), Mutation: r.Task.ID,
	}
}

// fields says what a new task is, as a change of one that has nothing, so that
// both obey the same rules.
func (r CreateTask) fields() UpdateTask {
	t := r.Task
	if t.Status == "" {
		t.Status = Todo
	}
	return UpdateTask{
		Mutation: mutation.Mutation{ID: t.ID},
		ListID:   optional.Of(t.ListID), Title: optional.Of(t.Title), Content: optional.Of(t.Content),
		Status: optional.Of(t.Status), Priority: optional.Of(t.Priority), Start: optional.Of(t.Start), Due: optional.Of(t.Due),
		TimeZone: optional.Of(t.TimeZone), Labels: optional.Of(t.Labels), Position: r.Position,
	}
}

// apply returns the task with the set fields changed, as its next version.
func (u UpdateTask) apply(t Task, now time.Time) (Task, error) {
	t.Version++
	t.UpdateTime = after(now, t.UpdateTime)
	t.Mutation = u.Mutation.ID
	t.Title = u.Title.Or(t.Title)
	t.Content = u.Content.Or(t.Content)
	t.Priority = u.Priority.Or(t.Priority)
	t.Position = u.Position.Or(t.Position)
	if u.ListID.Set {
		t.ListID = u.ListID.Value
	}
	if t.ListID.IsZero() {
		t.ListID = t.Owner
	}
	if u.Labels.Set {
		t.Labels = cleanLabels(u.Labels.Value)
	}
	t.setStatus(u.Status.Or(t.Status))
	return t, u.applyTimes(&t)
}

// setStatus keeps CompleteTime set exactly while the task is done.
func (t *Task) setStatus(to Status) {
	switch {
	case to != Done:
		t.CompleteTime = nil
	case t.Status != Done:
		completed := t.UpdateTime
		t.CompleteTime = &completed
	}
	t.Status = to
}

// applyTimes computes both times anew when either or the zone changes, since
// whole days depend on the zone.
func (u UpdateTask) applyTimes(t *Task) error {
	if !u.Start.Set && !u.Due.Set && !u.TimeZone.Set {
		return nil
	}
	t.TimeZone = u.TimeZone.Or(t.TimeZone)
	zone, err := loadZone(t.TimeZone)
	if err != nil {
		return errs.ErrInternal.Wrap(err) // it was there when it was set
	}
	t.Start = u.Start.Or(t.Start).in(zone)
	t.Due = u.Due.Or(t.Due).in(zone)
	return nil
}
