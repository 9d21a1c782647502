package user

import (
	"context"
	"errors"
	"time"

	"todokit/pkg/backoff"
)

// housekeepingInterval is the mean time between two sweeps.
const housekeepingInterval = 10 * time.Minute

// Housekeeping removes what has expired. Any number of instances may do it at
// the same time.
type Housekeeping struct {
	store Store
	now   Clock
}

// NewHousekeeping returns the Housekeeping of a store. now is the store's clock: an
// instance whose own is ahead must not remove what others still need.
func NewHousekeeping(store Store, now Clock) *Housekeeping {
	return &Housekeeping{store: store, now: now}
}

// Run sweeps until ctx ends. report is called with what went wrong; the next
// sweep tries again.
func (h *Housekeeping) Run(ctx context.Context, report func(error)) {
	backoff.Every(ctx, housekeepingInterval, func(ctx context.Context) {
		if err := h.Sweep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	})
}

// Sweep removes expired sessions, tokens, counters of failures, and entries of
// the trust log, in batches. Returns what the stores return.
func (h *Housekeeping) Sweep(ctx context.Context) error {
	now, err := h.now(ctx)
	if err != nil {
		return err
	}
	now = now.UTC()
	return errors.Join(
		pruneAll(ctx, now, h.store.PruneSessions),
		pruneAll(ctx, now, h.store.PrunePersonalTokens),
		pruneAll(ctx, now, h.store.PruneFailures),
		pruneAll(ctx, now.Add(-clockMargin), h.store.PruneTrust),
	)
}

func pruneAll(ctx context.Context, now time.Time, batch func(context.Context, time.Time) (int, error)) error {
	for {
		n, err := batch(ctx, now)
		if err != nil || n < PruneBatch {
			return err
		}
	}
}
