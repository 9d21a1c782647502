package task

import (
	"cmp"
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

func (s *service) GetTask(ctx context.Context, r GetTask) (Read[Task], error) {
	return s.store.Task(ctx, r)
}

func (s *service) UpdateTask(ctx context.Context, r UpdateTask) (Task, error) {
	var v errs.Validator
	mutation.ValidateID(&v, "mutation.id", r.Mutation.ID, s.clock.now())
	r.validate(&v)
	if err := v.Err(); err != nil {
		return Task{}, err
	}
	return s.update(ctx, r.Ref, mutation.Precondition{Mutation: r.Mutation, IfVersion: r.IfVersion}, func(t Task) (Task, error) {
		return r.apply(t, s.clock.now())
	})
}

// errUnchanged is returned by an edit that finds nothing to do.
var errUnchanged = errors.New("unchanged")

// update reads a task, edits it and writes it as its next version, again while
// other writes come between. It makes no write that the precondition forbids.
func (s *service) update(ctx context.Context, r Ref, p mutation.Precondition, edit func(Task) (Task, error)) (Task, error) {
	return rewrite(ctx, s, r, func() (Task, error) {
		found, err := s.store.Task(ctx, GetTask{Ref: r})
		if err != nil {
			return Task{}, err
		}
		was := found.Value
		done, err := s.check(p, mutation.LastWrite{Mutation: was.Mutation, Version: was.Version},
			func() (mutation.History, error) { return s.store.TaskHistory(ctx, r) })
		now, editErr := edit(was)
		unchanged := errors.Is(editErr, errUnchanged)
		// Without a condition, a row that is as wished is the reply, whoever made it so.
		if done || unchanged && (err == nil || p.IfVersion == 0) {
			return was, nil
		}
		if err := cmp.Or(err, editErr); err != nil {
			return Task{}, err
		}
		now.Version, now.Mutation, now.UpdateTime = was.Version+1, p.ID, s.clock.now()
		return s.store.ReplaceTask(ctx, TaskReplacement{Was: was, Now: now, Revision: found.Revision})
	})
}

// check says whether a write may be made to a row, or was made as its last one.
// It reads the row's history only for a write that needs it.
func (s *service) check(p mutation.Precondition, last mutation.LastWrite, history func() (mutation.History, error)) (done bool, err error) {
	done, err = p.Check(last)
	if !errors.Is(err, errs.ErrOutcomeUnknown) {
		return done, err
	}
	h, err := history()
	if err != nil {
		return false, err
	}
	return false, p.ResolveRetry(h, s.clock.now())
}
