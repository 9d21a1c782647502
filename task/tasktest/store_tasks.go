package tasktest

import (
	"context"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

func (s *Store) InsertTask(_ context.Context, in task.TaskInsert) (task.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, now := in.Task, in.Task.UpdateTime
	o, err := s.open(t.Owner)
	if err != nil {
		return task.Task{}, err
	}
	first, err := o.replied("task", in.Idempotency, now)
	if err != nil {
		return task.Task{}, err
	}
	if v, ok := first.(task.Task); ok {
		return copyTask(v), nil
	}
	if v, ok := o.tasks[t.ID]; ok {
		return copyTask(v), nil
	}
	if int64(len(o.tasks)) >= in.Limit {
		return task.Task{}, task.ErrTaskLimit
	}
	if _, ok := o.lists[t.ListID]; !ok {
		return task.Task{}, task.ErrListNotFound
	}
	t.UpdateTime = o.tick(now)
	o.tasks[t.ID] = copyTask(t)
	o.remember("task", in.Idempotency, now, copyTask(t))
	return t, nil
}

func (s *Store) Task(_ context.Context, r task.GetTask) (task.Read[task.Task], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Owner)
	return read(o, r.Known, func() (task.Task, error) {
		t, ok := o.tasks[r.ID]
		if !ok {
			return task.Task{}, task.ErrTaskNotFound
		}
		return copyTask(t), nil
	})
}

func (s *Store) ReplaceTask(_ context.Context, r task.TaskReplacement) (task.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Was.Owner)
	if err := o.has(r.Was); err != nil {
		return task.Task{}, err
	}
	_, listed := o.lists[r.Now.ListID]
	restored := r.Was.DeleteTime != nil && r.Now.DeleteTime == nil
	if !listed && (restored || r.Was.ListID != r.Now.ListID) {
		return task.Task{}, task.ErrListNotFound
	}
	now := copyTask(r.Now)
	now.UpdateTime = o.tick(now.UpdateTime)
	o.tasks[now.ID] = now
	o.rememberMutation(now.ID, r.Was.Mutation)
	return copyTask(now), nil
}

func (s *Store) TaskHistory(_ context.Context, r task.Ref) (mutation.History, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Owner)
	t, ok := o.tasks[r.ID]
	if !ok {
		return mutation.History{}, task.ErrTaskNotFound
	}
	return o.history(r.ID, t.Version, t.Mutation), nil
}

// has says whether this version of a task is there.
func (o *owner) has(t task.Task) error {
	there, ok := o.tasks[t.ID]
	switch {
	case !ok:
		return task.ErrTaskNotFound
	case there.Version != t.Version:
		return errs.ErrStaleVersion
	default:
		return nil
	}
}

func (s *Store) RemoveTask(_ context.Context, t task.Task) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(t.Owner)
	if err := o.has(t); err != nil {
		return err
	}
	o.tick(t.UpdateTime)
	delete(o.tasks, t.ID)
	return nil
}
