package user

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// housekeepingInterval is the mean pause between two prunings.
const housekeepingInterval = 10 * time.Minute

// Housekeeping removes what has expired. Any number of instances may do it at
// the same time.
type Housekeeping struct {
	Store Store
	Now   func() time.Time
}

// Run prunes until ctx ends. report is called with what went wrong; the next
// round tries again.
func (h Housekeeping) Run(ctx context.Context, report func(error)) {
	for {
		// Instances that start together should not prune together.
		pause := time.NewTimer(housekeepingInterval/2 + rand.N(housekeepingInterval))
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		if err := h.Prune(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Prune removes expired sessions, tokens, counters of failures, and entries of
// the trust log, in batches. Returns what the stores return.
func (h Housekeeping) Prune(ctx context.Context) error {
	now := h.Now().UTC()
	return errors.Join(
		pruneAll(ctx, now, h.Store.PruneSessions),
		pruneAll(ctx, now, h.Store.PrunePersonalTokens),
		pruneAll(ctx, now, h.Store.PruneFailures),
		pruneAll(ctx, now, h.Store.PruneTrust),
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
