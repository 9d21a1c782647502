package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// DeleteList makes the list disappear at once. Its tasks follow in steps, so
// that a list of any size needs no large transaction. What is left when the
// caller goes away is done by a repeat, or by Housekeeping.
func (s *service) DeleteList(ctx context.Context, r DeleteList) (struct{}, error) {
	var v errs.Validator
	mutation.ValidateID(&v, "mutation.id", r.Mutation.ID, s.clock.now())
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	if r.ID == r.Owner {
		return struct{}{}, ErrInboxStays
	}
	err := s.markListDeleted(ctx, r)
	if errors.Is(err, ErrListNotFound) && r.Mutation.Repeat {
		err = nil
	}
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, drainList(ctx, s.store, s.clock, r.Ref)
}

func (s *service) markListDeleted(ctx context.Context, r DeleteList) error {
	_, err := rewrite(ctx, s, r.Ref, func() (none struct{}, err error) {
		found, err := s.store.List(ctx, GetList{Ref: r.Ref})
		if err != nil {
			return none, err
		}
		was := found.Value
		if err := mutation.CheckVersion(r.IfVersion, was.Version); err != nil {
			return none, err
		}
		return none, s.store.MarkListDeleted(ctx, ListReplacement{Was: was, Now: s.nextList(was, r.Mutation)})
	})
	return err
}

func drainList(ctx context.Context, store ListStore, c clock, r Ref) error {
	return untilDone(func() (bool, error) { return store.DrainList(ctx, ListDrain{Ref: r, Time: c.now()}) })
}
