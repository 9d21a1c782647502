package task

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// leftBehind is the age at which work that is still not done is taken for left
// behind: whoever began it has had time to end it.
const leftBehind = time.Minute

// Upkeep is what the service does without being asked by a caller. Any number
// of instances may do it at the same time.
type Upkeep struct {
	store Store
	clock clock
}

// NewUpkeep returns the upkeep of a store. Of the options it reads Now.
func NewUpkeep(store Store, o Options) *Upkeep {
	return &Upkeep{store: store, clock: clock{o.Now}}
}

// Erase removes all that a deleted account has, and sees to it that nothing can
// be created for it any more: calls with a token that is still valid find
// nothing, and creates return ErrOwnerGone. It can be repeated, and what an
// interrupted one leaves is done by Sweep.
func (u *Upkeep) Erase(ctx context.Context, owner ulid.ULID) error {
	if _, err := u.store.CloseOwner(ctx, Closing{Owner: owner, Time: u.clock.now()}); err != nil {
		return fmt.Errorf("close owner: %w", err)
	}
	return u.eraseRest(ctx, owner)
}

// Sweep does what was left behind, and forgets idempotency keys that are too
// old. It is meant to be called every few minutes.
func (u *Upkeep) Sweep(ctx context.Context) error {
	before := u.clock.now().Add(-leftBehind)
	return errors.Join(
		u.pruneAnswers(ctx),
		sweep(ctx, before, u.store.ClosedLists, func(ctx context.Context, r Ref) error {
			return emptyList(ctx, u.store, u.clock, r)
		}),
		sweep(ctx, before, u.store.ClosedOwners, u.eraseRest),
	)
}

// sweep does what find finds until there is no more. It stops at the first
// error: the next sweep begins anew.
func sweep[T any](ctx context.Context, before time.Time,
	find func(context.Context, time.Time) ([]T, error), do func(context.Context, T) error,
) error {
	for {
		found, err := find(ctx, before)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, v := range found {
			if err := do(ctx, v); err != nil {
				return err
			}
		}
	}
}

func (u *Upkeep) pruneAnswers(ctx context.Context) error {
	before := u.clock.now().Add(-KeepAnswers)
	for {
		done, err := u.store.PruneAnswers(ctx, before)
		if done || err != nil {
			return err
		}
	}
}

func (u *Upkeep) eraseRest(ctx context.Context, owner ulid.ULID) error {
	for {
		done, err := u.store.EraseOwner(ctx, owner)
		if done || err != nil {
			return err
		}
	}
}
