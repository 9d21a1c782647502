package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// DeleteTask is part of Service.
func (s *service) DeleteTask(ctx context.Context, r DeleteTask) (struct{}, error) {
	var c errs.Validator
	mutation.ValidateID(&c, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	if r.Purge {
		return struct{}{}, s.purge(ctx, r)
	}
	_, err := s.change(ctx, r.Ref, precondition(r.Mutation, r.IfVersion), func(t Task) (Task, error) {
		if t.DeleteTime != nil {
			return t, errUnchanged
		}
		t = s.touch(t, r.Mutation)
		deleted := t.UpdateTime
		t.DeleteTime = &deleted
		return t, nil
	})
	return struct{}{}, err
}

// purge removes a task for good. That a repeat finds nothing is what its first
// attempt has done.
func (s *service) purge(ctx context.Context, r DeleteTask) error {
	for range maxAttempts {
		t, err := s.store.Task(ctx, r.Ref)
		if err == nil && stale(r.IfVersion, t.Version) {
			return errs.ErrStaleVersion
		}
		if err == nil {
			_, err = s.store.RemoveTask(ctx, t)
		}
		if errors.Is(err, ErrTaskNotFound) && r.Mutation.Repeat {
			return nil
		}
		if !errors.Is(err, errs.ErrStaleVersion) {
			return err
		}
	}
	return errTooMany()
}

// RestoreTask is part of Service.
func (s *service) RestoreTask(ctx context.Context, r RestoreTask) (Task, error) {
	var c errs.Validator
	mutation.ValidateID(&c, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := c.Err(); err != nil {
		return Task{}, err
	}
	cond := precondition(r.Mutation, r.IfVersion)
	restore := func(t Task) (Task, error) {
		if t.DeleteTime == nil {
			return t, errUnchanged
		}
		t = s.touch(t, r.Mutation)
		t.DeleteTime = nil
		return t, nil
	}
	t, err := s.change(ctx, r.Ref, cond, restore)
	if !errors.Is(err, ErrListNotFound) {
		return t, err
	}
	return s.change(ctx, r.Ref, cond, func(t Task) (Task, error) {
		t.ListID = t.Owner
		return restore(t)
	})
}

// touch makes the next version of a task.
func (s *service) touch(t Task, m mutation.Mutation) Task {
	t.Version++
	t.UpdateTime = after(s.clock.now(), t.UpdateTime)
	t.Mutation = m.ID
	return t
}
