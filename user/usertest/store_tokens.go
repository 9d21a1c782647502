package usertest

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

func (s *Store) SavePersonalToken(_ context.Context, in user.PersonalTokenSave) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.accounts[in.Token.Owner]; !ok || !s.asks(in) {
		return user.ErrNotFound
	}
	others := 0
	for id, kept := range s.tokens {
		if id != in.Token.ID && kept.Token.Owner == in.Token.Owner && isLive(kept.Token, in.Now) {
			others++
		}
	}
	if others >= user.MaxPersonalTokens {
		return user.ErrTokenLimit
	}
	if old, ok := s.tokens[in.Token.ID]; ok && (old.Token.Owner != in.Token.Owner || old.Token.Parent != in.Token.Parent) {
		return user.ErrIDTaken
	}
	in.Token.Scopes = slices.Clone(in.Token.Scopes)
	s.tokens[in.Token.ID] = in
	return nil
}

// asks says whether the parent, or the session, is still there.
func (s *Store) asks(in user.PersonalTokenSave) bool {
	if in.Token.Parent.IsZero() {
		return s.sessions[in.Through].Owner == in.Token.Owner
	}
	return s.tokens[in.Through].Token.Owner == in.Token.Owner
}

func isLive(t user.PersonalToken, now time.Time) bool {
	return t.Expires.IsZero() || t.Expires.After(now)
}

func (s *Store) PersonalTokensOf(_ context.Context, in user.SessionQuery) ([]user.PersonalToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []user.PersonalToken
	for _, kept := range s.tokens {
		if kept.Token.Owner == in.Owner && isLive(kept.Token, in.Now) {
			found = append(found, kept.Token)
		}
	}
	slices.SortFunc(found, func(a, b user.PersonalToken) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return found, nil
}

func (s *Store) PersonalTokenBySecret(_ context.Context, hash [32]byte) (user.PersonalToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kept := range s.tokens {
		if kept.Secret == hash {
			return kept.Token, nil
		}
	}
	return user.PersonalToken{}, user.ErrNotFound
}

func (s *Store) NoteTokenUse(_ context.Context, in user.TokenUse) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.tokens[in.ID]; ok && kept.Token.Owner == in.Owner {
		kept.Token.UseTime = in.Time
		s.tokens[in.ID] = kept
	}
	return nil
}

func (s *Store) EndPersonalToken(_ context.Context, in user.SessionsEnd) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var owned []user.PersonalToken
	for _, kept := range s.tokens {
		if kept.Token.Owner == in.Owner {
			owned = append(owned, kept.Token)
		}
	}
	ids := user.WithDescendants(owned, in.ID)
	s.revoke(s.removeTokens(in.Owner, func(id ulid.ULID) bool { return slices.Contains(ids, id) }), in.Expires)
	return len(ids), nil
}

func (s *Store) removeTokens(owner ulid.ULID, which func(ulid.ULID) bool) (ids []ulid.ULID) {
	for id, kept := range s.tokens {
		if kept.Token.Owner == owner && which(id) {
			delete(s.tokens, id)
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *Store) PrunePersonalTokens(_ context.Context, before time.Time) (n int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, kept := range s.tokens {
		if expires := kept.Token.Expires; !expires.IsZero() && expires.Before(before) && n < user.PruneBatch {
			delete(s.tokens, id)
			n++
		}
	}
	return n, nil
}
