package tasktest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

func (s *Store) InsertList(_ context.Context, in task.ListInsert) (task.List, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, now := in.List, in.List.UpdateTime
	o, err := s.open(l.Owner)
	if err != nil {
		return task.List{}, err
	}
	first, err := o.replied("list", in.Idempotency, now)
	if err != nil {
		return task.List{}, err
	}
	if v, ok := first.(task.List); ok {
		return v, nil
	}
	if v, ok := o.lists[l.ID]; ok {
		return v, nil
	}
	if int64(len(o.lists)+len(o.draining)) >= in.Limit {
		return task.List{}, task.ErrListLimit
	}
	l.UpdateTime = o.tick(now)
	o.lists[l.ID] = l
	o.remember("list", in.Idempotency, now, l)
	return l, nil
}

func (s *Store) List(_ context.Context, r task.GetList) (task.Read[task.List], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Owner)
	return read(o, r.Known, func() (task.List, error) {
		l, ok := o.lists[r.ID]
		if !ok {
			return task.List{}, task.ErrListNotFound
		}
		return l, nil
	})
}

func (s *Store) Lists(_ context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(q.Owner)
	return read(o, q.Known, func() (task.ListBatch, error) {
		var found task.ListBatch
		for _, l := range slices.SortedFunc(maps.Values(o.lists), compareLists) {
			if !comesAfter(l, q.After) {
				continue
			}
			if len(found.Lists) == q.Limit {
				found.More = true
				break
			}
			found.Lists = append(found.Lists, l)
		}
		return found, nil
	})
}

// comesAfter says whether a list comes after a place.
func comesAfter(l task.List, p *task.ListCursor) bool {
	switch {
	case p == nil:
		return true
	case l.Inbox():
		return false
	case p.Inbox:
		return true
	default:
		return cmp.Or(cmp.Compare(l.Position, p.Position), l.ID.Compare(p.ID)) > 0
	}
}

func compareLists(a, b task.List) int {
	if a.Inbox() != b.Inbox() {
		if a.Inbox() {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Position, b.Position), a.ID.Compare(b.ID))
}

func (s *Store) ReplaceList(_ context.Context, r task.ListReplacement) (task.List, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(r.Was.Owner).replaceList(r)
}

func (o *owner) replaceList(r task.ListReplacement) (task.List, error) {
	there, ok := o.lists[r.Was.ID]
	switch {
	case !ok:
		return task.List{}, task.ErrListNotFound
	case there.Version != r.Was.Version:
		return task.List{}, errs.ErrStaleVersion
	default:
		r.Now.UpdateTime = o.tick(r.Now.UpdateTime)
		o.lists[r.Now.ID] = r.Now
		o.rememberMutation(r.Now.ID, r.Was.Mutation)
		return r.Now, nil
	}
}

func (s *Store) ListHistory(_ context.Context, r task.Ref) (mutation.History, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Owner)
	l, ok := o.lists[r.ID]
	if !ok {
		return mutation.History{}, task.ErrListNotFound
	}
	return o.history(r.ID, l.Version, l.Mutation), nil
}

func (s *Store) MarkListDeleted(_ context.Context, r task.ListReplacement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Was.Owner)
	l, err := o.replaceList(r)
	if err != nil {
		return err
	}
	delete(o.lists, l.ID)
	o.draining[l.ID] = l
	return nil
}

func (s *Store) DrainList(_ context.Context, d task.ListDrain) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(d.Owner)
	l, ok := o.draining[d.ID]
	if !ok {
		return true, nil
	}
	moved := 0
	for id, t := range o.tasks {
		if t.ListID != d.ID || moved == step {
			continue
		}
		moved++
		o.rememberMutation(id, t.Mutation)
		t.ListID, t.Version, t.Mutation = d.Owner, t.Version+1, l.Mutation
		t.UpdateTime = o.tick(d.Time)
		if t.DeleteTime == nil {
			t.DeleteTime = &d.Time
		}
		o.tasks[id] = t
	}
	if moved == 0 {
		delete(o.draining, d.ID)
	}
	return moved == 0, nil
}
