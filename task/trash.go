package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

func (s *service) DeleteTask(ctx context.Context, r DeleteTask) (struct{}, error) {
	var v errs.Validator
	mutation.ValidateID(&v, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	if r.Purge {
		return struct{}{}, s.purge(ctx, r)
	}
	_, err := s.update(ctx, r.Ref, mutation.Precondition{Mutation: r.Mutation, IfVersion: r.IfVersion}, func(t Task) (Task, error) {
		if t.DeleteTime != nil {
			return t, errUnchanged
		}
		now := s.clock.now()
		t.DeleteTime = &now
		return t, nil
	})
	return struct{}{}, err
}

// purge removes a task for good. That a repeat finds nothing is what its first
// attempt has done.
func (s *service) purge(ctx context.Context, r DeleteTask) error {
	_, err := rewrite(ctx, s, r.Ref, func() (none struct{}, err error) {
		found, err := s.store.Task(ctx, GetTask{Ref: r.Ref})
		if err != nil {
			return none, err
		}
		t := found.Value
		if err := mutation.CheckVersion(r.IfVersion, t.Version); err != nil {
			return none, err
		}
		t.UpdateTime = s.clock.now()
		return none, s.store.RemoveTask(ctx, t)
	})
	if errors.Is(err, ErrTaskNotFound) && r.Mutation.Repeat {
		return nil
	}
	return err
}

func (s *service) RestoreTask(ctx context.Context, r RestoreTask) (Task, error) {
	var v errs.Validator
	mutation.ValidateID(&v, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := v.Err(); err != nil {
		return Task{}, err
	}
	p := mutation.Precondition{Mutation: r.Mutation, IfVersion: r.IfVersion}
	restore := func(t Task) (Task, error) {
		if t.DeleteTime == nil {
			return t, errUnchanged
		}
		t.DeleteTime = nil
		return t, nil
	}
	t, err := s.update(ctx, r.Ref, p, restore)
	if !errors.Is(err, ErrListNotFound) {
		return t, err
	}
	return s.update(ctx, r.Ref, p, func(t Task) (Task, error) {
		t.ListID = t.Owner
		return restore(t)
	})
}
