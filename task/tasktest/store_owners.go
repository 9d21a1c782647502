package tasktest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func (s *Store) OpenOwner(_ context.Context, inbox task.List) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.owners[inbox.Owner]; !ok {
		o := &owner{
			tasks: map[ulid.ULID]task.Task{}, earlier: map[ulid.ULID][]ulid.ULID{},
			lists: map[ulid.ULID]task.List{}, draining: map[ulid.ULID]task.List{},
			first: map[string]any{}, keys: map[string]used{},
		}
		inbox.UpdateTime = o.tick(inbox.UpdateTime)
		o.lists[inbox.ID] = inbox
		s.owners[inbox.Owner] = o
	}
	_, err := s.open(inbox.Owner)
	return err
}

func (s *Store) MarkOwnerDeleted(_ context.Context, d task.OwnerDeletion) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(d.Owner)
	if o.deleted == nil {
		o.deleted = &d.Time
		o.tick(d.Time)
	}
	s.owners[d.Owner] = o
	return nil
}

func (s *Store) PurgeOwner(_ context.Context, id ulid.ULID) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(id)
	if o.deleted == nil || o.purged {
		return true, nil
	}
	o.tick(*o.deleted)
	if len(o.tasks) > 0 {
		for _, t := range slices.SortedFunc(maps.Keys(o.tasks), ulid.ULID.Compare)[:min(step, len(o.tasks))] {
			delete(o.tasks, t)
		}
		return false, nil
	}
	s.owners[id] = &owner{revision: o.revision, deleted: o.deleted, purged: true}
	return true, nil
}

func (s *Store) Revision(_ context.Context, id ulid.ULID) (task.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(id).revision, nil
}

func (s *Store) DeletedLists(_ context.Context, before time.Time) ([]task.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var refs []task.Ref
	for _, o := range s.owners {
		for _, l := range o.draining {
			if l.UpdateTime.Before(before) {
				refs = append(refs, task.Ref{Owner: l.Owner, ID: l.ID})
			}
		}
	}
	return refs, nil
}

func (s *Store) DeletedOwners(_ context.Context, before time.Time) ([]ulid.ULID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []ulid.ULID
	for id, o := range s.owners {
		if o.deleted != nil && !o.purged && o.deleted.Before(before) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *Store) PruneIdempotencyKeys(_ context.Context, before time.Time) (done bool, err error) {
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
