package usertest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/user"
)

func (s *Store) StartSession(_ context.Context, in user.SessionStart) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[in.Session.Owner]
	if !ok || a.PasswordHash != in.PasswordHash {
		return user.ErrNotFound
	}
	if old, ok := s.sessions[in.Session.ID]; ok && old.Owner != a.ID {
		return user.ErrIDTaken
	}
	s.sessions[in.Session.ID] = in.Session
	var others []user.Session
	for id, kept := range s.sessions {
		if kept.Owner == a.ID && id != in.Session.ID {
			others = append(others, kept.Session)
		}
	}
	sortByUse(others)
	excess := others[min(len(others), cmp.Or(in.Limit, user.MaxSessions)-1):]
	s.revoke(s.removeSessions(a.ID, func(id ulid.ULID) bool {
		return slices.ContainsFunc(excess, func(e user.Session) bool { return e.ID == id })
	}), in.Expires)
	return nil
}

func (s *Store) SessionByID(_ context.Context, id ulid.ULID) (user.StoredSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.sessions[id]
	if !ok {
		return user.StoredSession{}, user.ErrNotFound
	}
	return session, nil
}

func (s *Store) RotateSession(_ context.Context, in user.StoredSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.sessions[in.ID]
	if !ok || kept.Owner != in.Owner || kept.Generation != in.Generation-1 || kept.Secret != in.Previous {
		return errs.ErrStaleVersion
	}
	kept.Address, kept.UseTime, kept.Expires = in.Address, in.UseTime, in.Expires
	kept.Generation, kept.Secret, kept.Previous, kept.Salt = in.Generation, in.Secret, in.Previous, in.Salt
	s.sessions[in.ID] = kept
	return nil
}

func (s *Store) SessionsOf(_ context.Context, in user.SessionQuery) ([]user.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []user.Session
	for _, session := range s.sessions {
		if session.Owner == in.Owner && session.Expires.After(in.Now) {
			found = append(found, session.Session)
		}
	}
	sortByUse(found)
	return found[:min(len(found), user.MaxSessions)], nil
}

func (s *Store) EndSessions(_ context.Context, in user.SessionsEnd) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.removeSessions(in.Owner, func(id ulid.ULID) bool { return in.ID.IsZero() || id == in.ID })
	s.revoke(ids, in.Expires)
	return len(ids), nil
}

// sortByUse puts the last used first.
func sortByUse(sessions []user.Session) {
	slices.SortFunc(sessions, func(a, b user.Session) int {
		if c := b.UseTime.Compare(a.UseTime); c != 0 {
			return c
		}
		return bytes.Compare(b.ID[:], a.ID[:])
	})
}

func (s *Store) removeSessions(owner ulid.ULID, which func(ulid.ULID) bool) (ids []ulid.ULID) {
	for id, session := range s.sessions {
		if session.Owner == owner && which(id) {
			delete(s.sessions, id)
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *Store) PruneSessions(_ context.Context, before time.Time) (n int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, session := range s.sessions {
		if session.Expires.Before(before) && n < user.PruneBatch {
			delete(s.sessions, id)
			n++
		}
	}
	return n, nil
}
