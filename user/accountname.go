package user

import (
	"context"
	"errors"
)

// accountByName returns the account of a name, whose comparison form is key.
// Accounts of before names were compared as they are now have the form of that
// time if the present one is another's: each is found by its own spelling first.
// Returns ErrNotFound.
func (s *service) accountByName(ctx context.Context, name, key string) (Account, error) {
	if s.FormerNameKey != nil {
		if former, err := s.FormerNameKey(name); err == nil && former != key {
			a, err := s.Accounts.AccountByName(ctx, former)
			if !errors.Is(err, ErrNotFound) {
				return a, err
			}
		}
	}
	return s.Accounts.AccountByName(ctx, key)
}
