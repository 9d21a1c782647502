package tasktest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func (s *Store) NoteErasures(_ context.Context, n task.ErasuresNote) (added []task.Erasure, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range n.Owners {
		o, known := s.owners[id]
		if _, waits := s.erasures[id]; !known || o.deleted != nil || waits {
			continue
		}
		e := task.Erasure{Owner: id, Due: n.Due, Revision: o.revision}
		s.erasures[id] = e
		added = append(added, e)
	}
	return added, nil
}

func (s *Store) DueErasures(_ context.Context, by time.Time) ([]task.DueErasure, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []task.DueErasure
	for _, e := range slices.SortedFunc(maps.Values(s.erasures), func(a, b task.Erasure) int { return a.Due.Compare(b.Due) }) {
		if o := s.of(e.Owner); !e.Due.After(by) {
			due = append(due, task.DueErasure{Erasure: e, Present: o.revision, Marked: o.deleted != nil})
		}
	}
	return due[:min(len(due), step)], nil
}

func (s *Store) PostponeErasure(_ context.Context, e task.Erasure) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.erasures[e.Owner]; ok {
		s.erasures[e.Owner] = e
	}
	return nil
}

func (s *Store) RemoveErasure(_ context.Context, owner ulid.ULID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.erasures[owner]
	delete(s.erasures, owner)
	return ok, nil
}

func (s *Store) CountErasures(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.erasures), nil
}
