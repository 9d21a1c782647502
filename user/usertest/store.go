// Package usertest holds what tests of the user service share: the conformance
// suites TestStore and TestService, which every adapter of the ports has to
// pass, and a Store of maps that passes them, for tests that need no database.
package usertest

import (
	"context"
	"sync"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/user"
)

// Store is a user.Store in memory.
type Store struct {
	mu       sync.Mutex
	accounts map[ulid.ULID]user.Account
	names    map[string]ulid.ULID
	sessions map[ulid.ULID]user.StoredSession
	tokens   map[ulid.ULID]user.PersonalTokenSave
	failures map[user.FailureKey]user.Failures
	trust    []user.TrustEntry
	head     uint64
}

var _ user.Store = (*Store)(nil)

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{
		accounts: map[ulid.ULID]user.Account{},
		names:    map[string]ulid.ULID{},
		sessions: map[ulid.ULID]user.StoredSession{},
		tokens:   map[ulid.ULID]user.PersonalTokenSave{},
		failures: map[user.FailureKey]user.Failures{},
	}
}

func (s *Store) CreateAccount(_ context.Context, a user.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, name := s.names[a.NameKey]
	_, id := s.accounts[a.ID]
	if name || id {
		return user.ErrNameTaken
	}
	s.accounts[a.ID], s.names[a.NameKey] = a, a.ID
	return nil
}

func (s *Store) AccountByID(_ context.Context, id ulid.ULID) (user.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[id]
	if !ok {
		return user.Account{}, user.ErrNotFound
	}
	return a, nil
}

func (s *Store) AccountByName(ctx context.Context, key string) (user.Account, error) {
	s.mu.Lock()
	id := s.names[key]
	s.mu.Unlock()
	return s.AccountByID(ctx, id)
}

func (s *Store) SaveProfile(_ context.Context, a user.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save(a, func(kept *user.Account) { kept.NickName = a.NickName })
}

func (s *Store) save(a user.Account, set func(*user.Account)) error {
	kept, ok := s.accounts[a.ID]
	if !ok || kept.Version != a.Version-1 {
		return errs.ErrStaleVersion
	}
	kept.Version, kept.UpdateTime, kept.Mutation = a.Version, a.UpdateTime, a.Mutation
	kept.Earlier = a.Earlier
	set(&kept)
	s.accounts[a.ID] = kept
	return nil
}

func (s *Store) SavePassword(_ context.Context, in user.PasswordSave) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.save(in.Account, func(kept *user.Account) { kept.PasswordHash = in.Account.PasswordHash })
	if err == nil {
		notKept := func(id ulid.ULID) bool { return id != in.Keep }
		s.revoke(append(s.removeSessions(in.Account.ID, notKept), s.removeTokens(in.Account.ID, notKept)...), in.Expires)
	}
	return err
}

func (s *Store) DeleteAccount(_ context.Context, in user.AccountEnd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[in.ID]
	if !ok || a.Version != in.Version {
		return errs.ErrStaleVersion
	}
	delete(s.accounts, a.ID)
	delete(s.names, a.NameKey)
	for id, session := range s.sessions {
		if session.Owner == a.ID {
			delete(s.sessions, id)
		}
	}
	for id, kept := range s.tokens {
		if kept.Token.Owner == a.ID {
			delete(s.tokens, id)
		}
	}
	s.log(user.TrustEntry{Kind: user.UserDeleted, Subject: a.ID, Expires: in.Expires})
	return nil
}
