package task

import (
	"cmp"
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// GetTask is part of Service.
func (s *service) GetTask(ctx context.Context, r Ref) (Task, error) { return s.store.Task(ctx, r) }

// UpdateTask is part of Service.
func (s *service) UpdateTask(ctx context.Context, r UpdateTask) (Task, error) {
	var c errs.Validator
	mutation.ValidateID(&c, "mutation.id", r.Mutation.ID, s.clock.now())
	checkTaskFields(&c, r)
	if err := c.Err(); err != nil {
		return Task{}, err
	}
	return s.change(ctx, r.Ref, precondition(r.Mutation, r.IfVersion), func(t Task) (Task, error) {
		return r.apply(t, s.clock.now())
	})
}

// errUnchanged is returned by an edit that finds nothing to do.
var errUnchanged = errors.New("unchanged")

// judge says whether a change may be made to a task, or was made as its last
// one. It looks into the task's history only for a repeat that needs it.
func (s *service) judge(ctx context.Context, cond mutation.Precondition, t Task) (done bool, err error) {
	done, err = cond.Check(t.lastWrite())
	if !errors.Is(err, errs.ErrOutcomeUnknown) {
		return done, err
	}
	history, err := s.store.TaskHistory(ctx, Ref{Owner: t.Owner, ID: t.ID})
	if err != nil {
		return false, err
	}
	return false, cond.ResolveRetry(history)
}

// change reads a task, edits it and writes it, again and again while others
// are faster, unless the condition forbids it.
func (s *service) change(ctx context.Context, r Ref, cond mutation.Precondition, edit func(Task) (Task, error)) (Task, error) {
	for range maxAttempts {
		found, err := s.store.Snapshot(ctx, r)
		if err != nil {
			return Task{}, err
		}
		was := found.Task
		done, err := s.judge(ctx, cond, was)
		now, editErr := edit(was)
		unchanged := errors.Is(editErr, errUnchanged)
		// Without a condition, a row that is as wished is the answer, whoever made it so.
		if done || unchanged && (err == nil || cond.IfVersion == 0) {
			return was, nil
		}
		if err := cmp.Or(err, editErr); err != nil {
			return Task{}, err
		}
		_, err = s.store.ReplaceTask(ctx, TaskReplacement{Was: was, Now: now, At: optional.Of(found.Revision)})
		if !errors.Is(err, errs.ErrStaleVersion) {
			return now, err
		}
	}
	return Task{}, errTooMany()
}
