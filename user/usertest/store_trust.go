package usertest

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

func (s *Store) log(e user.TrustEntry) {
	s.head++
	e.Sequence = s.head
	s.trust = append(s.trust, e)
}

func (s *Store) revoke(ids []ulid.ULID, expires time.Time) {
	for _, e := range user.Revocations(ids, expires) {
		s.log(e)
	}
}

func (s *Store) TrustHead(context.Context, struct{}) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head, nil
}

func (s *Store) TrustEntries(_ context.Context, in user.TrustQuery) ([]user.TrustEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page []user.TrustEntry
	for _, e := range s.trust {
		wanted := e.Expires.After(in.LiveAt)
		if in.Deletions {
			wanted = e.Kind == user.UserDeleted
		}
		if wanted && e.Sequence > in.After && e.Sequence <= in.UpTo && len(page) < in.Limit {
			page = append(page, e)
		}
	}
	return page, nil
}

func (s *Store) LiveKeys(_ context.Context, at time.Time) ([]user.TrustEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []user.TrustEntry
	for _, e := range slices.Backward(s.trust) {
		if e.Kind == user.KeyPublished && e.Expires.After(at) && len(keys) < user.MaxLiveKeys {
			keys = append(keys, e)
		}
	}
	return keys, nil
}

func (s *Store) AccountDeleted(_ context.Context, id ulid.ULID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.accounts[id]
	listed := func(e user.TrustEntry) bool { return e.Kind == user.UserDeleted && e.Subject == id }
	return !there && slices.ContainsFunc(s.trust, listed), nil
}

func (s *Store) PublishKey(_ context.Context, k user.PublicKey) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log(user.TrustEntry{Kind: user.KeyPublished, Key: k, Expires: k.Expires})
	return s.head, nil
}

func (s *Store) PruneTrust(_ context.Context, before time.Time) (n int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trust = slices.DeleteFunc(s.trust, func(e user.TrustEntry) bool {
		gone := e.Kind != user.UserDeleted && e.Expires.Before(before) && n < user.PruneBatch
		if gone {
			n++
		}
		return gone
	})
	return n, nil
}
