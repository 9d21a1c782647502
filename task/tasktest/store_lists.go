package tasktest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

// InsertList is part of task.ListStore.
func (s *Store) InsertList(_ context.Context, in task.ListInsert) (task.List, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := in.List
	o, err := s.open(l.Owner)
	if err != nil {
		return task.List{}, err
	}
	first, err := o.answered("list", in.Idempotency, l.UpdateTime)
	if err != nil {
		return task.List{}, err
	}
	if v, ok := first.(task.List); ok {
		return v, nil
	}
	if v, ok := o.lists[l.ID]; ok {
		return v, nil
	}
	if int64(len(o.lists)+len(o.ended)) >= in.Limit {
		return task.List{}, task.ErrListLimit
	}
	o.lists[l.ID] = l
	o.remember("list", in.Idempotency, l.UpdateTime, l)
	return l, nil
}

// List is part of task.ListStore.
func (s *Store) List(_ context.Context, r task.Ref) (task.List, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.of(r.Owner).lists[r.ID]
	if !ok {
		return task.List{}, task.ErrListNotFound
	}
	return l, nil
}

// Lists is part of task.ListStore.
func (s *Store) Lists(_ context.Context, scan task.ListScan) (task.ListSlice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found task.ListSlice
	for _, l := range slices.SortedFunc(maps.Values(s.of(scan.Owner).lists), compareLists) {
		if !behind(l, scan.After) {
			continue
		}
		if len(found.Lists) == scan.Limit {
			found.More = true
			break
		}
		found.Lists = append(found.Lists, l)
	}
	return found, nil
}

// behind says whether a list comes after a place.
func behind(l task.List, p *task.ListPlace) bool {
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

// ReplaceList is part of task.ListStore.
func (s *Store) ReplaceList(_ context.Context, r task.ListReplacement) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return struct{}{}, s.of(r.Was.Owner).replaceList(r)
}

func (o *owner) replaceList(r task.ListReplacement) error {
	there, ok := o.lists[r.Was.ID]
	switch {
	case !ok:
		return task.ErrListNotFound
	case there.Version != r.Was.Version:
		return errs.ErrStaleVersion
	default:
		o.lists[r.Now.ID] = r.Now
		return nil
	}
}

// CloseList is part of task.ListStore.
func (s *Store) CloseList(_ context.Context, r task.ListReplacement) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Was.Owner)
	if err := o.replaceList(r); err != nil {
		return struct{}{}, err
	}
	delete(o.lists, r.Now.ID)
	o.ended[r.Now.ID] = r.Now
	return struct{}{}, nil
}

// EmptyList is part of task.ListStore.
func (s *Store) EmptyList(_ context.Context, e task.Emptying) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(e.Owner)
	l, ok := o.ended[e.ID]
	if !ok {
		return true, nil
	}
	moved := 0
	for id, t := range o.tasks {
		if t.ListID != e.ID || moved == step {
			continue
		}
		moved++
		t.ListID, t.Version, t.Mutation = e.Owner, t.Version+1, l.Mutation
		if t.UpdateTime.Before(e.Time) {
			t.UpdateTime = e.Time
		}
		if t.DeleteTime == nil {
			t.DeleteTime = &e.Time
		}
		o.tasks[id] = t
		delete(o.earlier, id)
	}
	if moved == 0 {
		delete(o.ended, e.ID)
	}
	return moved == 0, nil
}

// ClosedLists is part of task.UpkeepStore.
func (s *Store) ClosedLists(_ context.Context, before time.Time) ([]task.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var refs []task.Ref
	for _, o := range s.owners {
		for _, l := range o.ended {
			if l.UpdateTime.Before(before) {
				refs = append(refs, task.Ref{Owner: l.Owner, ID: l.ID})
			}
		}
	}
	return refs, nil
}

// ClosedOwners is part of task.UpkeepStore.
func (s *Store) ClosedOwners(_ context.Context, before time.Time) ([]ulid.ULID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []ulid.ULID
	for id, o := range s.owners {
		if o.closed != nil && !o.erased && o.closed.Before(before) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// PruneAnswers is part of task.UpkeepStore.
func (s *Store) PruneAnswers(_ context.Context, before time.Time) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.owners {
		for key, u := range o.keys {
			if u.at.Before(before) {
				delete(o.keys, key)
				delete(o.first, key)
			}
		}
	}
	return true, nil
}
