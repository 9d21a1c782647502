package usertest

import (
	"context"
	"time"

	"todokit/user"
)

func (s *Store) Failures(_ context.Context, keys []user.FailureKey) ([]user.Failures, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []user.Failures
	for _, key := range keys {
		if f, ok := s.failures[key]; ok {
			found = append(found, f)
		}
	}
	return found, nil
}

func (s *Store) CountFailure(_ context.Context, in user.FailureCount) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []user.Failures
	for _, l := range in.Limits {
		if f, ok := s.failures[l.Key]; ok {
			all = append(all, f)
		}
	}
	if wait := in.Wait(all); wait > 0 {
		return wait, nil
	}
	for _, l := range in.Limits {
		f, ok := s.failures[l.Key]
		if !ok {
			f = user.Failures{Key: l.Key, Since: in.Now}
		}
		s.failures[l.Key] = f.Fail(in.Now, l)
	}
	return 0, nil
}

func (s *Store) SaveFailures(_ context.Context, f user.Failures) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[f.Key] = f
	return nil
}

func (s *Store) ForgetFailures(_ context.Context, key user.FailureKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failures, key)
	return nil
}

func (s *Store) PruneFailures(_ context.Context, before time.Time) (n int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, f := range s.failures {
		if f.Expires.Before(before) && n < user.PruneBatch {
			delete(s.failures, key)
			n++
		}
	}
	return n, nil
}
