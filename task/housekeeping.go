package task

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/backoff"
)

// sweepInterval is the mean time between two sweeps.
const sweepInterval = 5 * time.Minute

// abandonedAfter is the age at which a deletion that is still not done is taken
// for abandoned: whoever began it has had time to end it.
const abandonedAfter = time.Minute

// Housekeeping is what the service does without being asked by a caller. Any
// number of instances may do it at the same time.
type Housekeeping struct {
	store Store
	clock clock
}

// NewHousekeeping returns the housekeeping of a store. Of the options it reads Now.
func NewHousekeeping(store Store, o Options) *Housekeeping {
	return &Housekeeping{store: store, clock: clock{o.Now}}
}

// Run sweeps every few minutes until ctx ends. report is called with what went
// wrong; the next sweep tries again.
func (h *Housekeeping) Run(ctx context.Context, report func(error)) {
	backoff.Every(ctx, sweepInterval, func(ctx context.Context) {
		if err := h.Sweep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	})
}

// Sweep ends deletions that were abandoned, and forgets idempotency keys that
// are too old.
func (h *Housekeeping) Sweep(ctx context.Context) error {
	now := h.clock.now()
	return errors.Join(
		untilDone(func() (bool, error) { return h.store.PruneIdempotencyKeys(ctx, now.Add(-KeepKeys)) }),
		forEach(ctx, now.Add(-abandonedAfter), h.store.DeletedLists, func(ctx context.Context, r Ref) error {
			return drainList(ctx, h.store, h.clock, r)
		}),
		forEach(ctx, now.Add(-abandonedAfter), h.store.DeletedOwners, func(ctx context.Context, owner ulid.ULID) error {
			return purgeOwner(ctx, h.store, owner)
		}),
	)
}

// purgeOwner removes all that an owner has who is marked as deleted.
func purgeOwner(ctx context.Context, store OwnerStore, owner ulid.ULID) error {
	return untilDone(func() (bool, error) { return store.PurgeOwner(ctx, owner) })
}

func untilDone(step func() (done bool, err error)) error {
	for {
		if done, err := step(); done || err != nil {
			return err
		}
	}
}

// forEach does what find finds until there is no more. It stops at the first
// error: the next sweep begins anew.
func forEach[T any](ctx context.Context, before time.Time,
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
