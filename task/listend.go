package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// DeleteList is part of Service. The list is gone at once; its tasks follow in
// steps, so that a list of any size needs no great transaction. What is left
// when the caller goes away is done by a repeat, or by Upkeep.
func (s *service) DeleteList(ctx context.Context, r DeleteList) (struct{}, error) {
	var c errs.Validator
	mutation.ValidateID(&c, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	if r.ID == r.Owner {
		return struct{}{}, ErrInboxStays
	}
	err := s.closeList(ctx, r)
	if errors.Is(err, ErrListNotFound) && r.Mutation.Repeat {
		err = nil
	}
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, emptyList(ctx, s.store, s.clock, r.Ref)
}

func (s *service) closeList(ctx context.Context, r DeleteList) error {
	for range maxAttempts {
		was, err := s.store.List(ctx, r.Ref)
		if err != nil {
			return err
		}
		if stale(r.IfVersion, was.Version) {
			return errs.ErrStaleVersion
		}
		_, err = s.store.CloseList(ctx, ListReplacement{Was: was, Now: s.touchList(was, r.Mutation)})
		if !errors.Is(err, errs.ErrStaleVersion) {
			return err
		}
	}
	return errTooMany()
}

func emptyList(ctx context.Context, store ListStore, c clock, r Ref) error {
	for {
		done, err := store.EmptyList(ctx, Emptying{Ref: r, Time: c.now()})
		if done || err != nil {
			return err
		}
	}
}
