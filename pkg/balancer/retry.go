package balancer

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"todokit/pkg/backoff"
	"todokit/pkg/errs"
)

// The longest pause before the second attempt; it doubles from there.
const (
	firstPause = 20 * time.Millisecond
	mostPause  = 160 * time.Millisecond
)

// attempts is the tally of one call.
type attempts struct {
	sent    int // may have reached an instance
	unsent  int // have not
	refused int // in a row, by instances that were not tried
}

// call performs an operation at the next instance, and after a failure at the
// one after that. This is the only layer that repeats a call, and it does so
// one attempt after the other, in the caller's goroutine. It walks along the
// list instead of asking go-kit's balancer, which under load might hand out the
// instance that has just failed.
func (c *Conn) call(ctx context.Context, op operation) (any, error) {
	c.budget.call()
	var tally attempts
	for turn := c.turn.Add(1); ; turn++ {
		instances, err := c.endpointer.Endpoints()
		if err != nil || len(instances) == 0 {
			return nil, c.unavailable(errors.New("no instance is known"))
		}
		n := len(instances)
		result, err := instances[turn%uint64(n)](ctx, op)
		if err == nil {
			return result, nil
		}
		if errors.Is(err, errGone) && !c.pool.isClosed() {
			continue // the next look at the list is one without it
		}
		if refused(err) {
			if tally.refused++; tally.refused >= n {
				return nil, c.unavailable(err)
			}
			continue
		}
		failed, ok := errors.AsType[*failure](err)
		if !ok {
			return nil, err
		}
		if !c.again(ctx, &tally, n, failed) {
			return nil, c.outcome(ctx, failed.err)
		}
		op.reset()
		if failed.sent && tally.sent == 1 {
			ctx = c.opts.MarkRepeat(ctx)
		}
	}
}

// again decides on another attempt after a failed one, and waits before it
// where it may meet the same instance, or one in the same trouble.
func (c *Conn) again(ctx context.Context, tally *attempts, instances int, failed *failure) bool {
	tally.refused = 0
	if !failed.sent {
		tally.unsent++
		if tally.unsent >= max(instances, c.opts.Attempts) || ctx.Err() != nil {
			return false
		}
		c.metrics.unsent.Inc()
		return tally.unsent < instances || backoff.Sleep(ctx, pauseBefore(1))
	}
	tally.sent++
	if tally.sent >= c.opts.Attempts || ctx.Err() != nil {
		return false
	}
	if !c.budget.retry() {
		c.metrics.denied.Inc()
		return false
	}
	c.metrics.resent.Inc()
	return backoff.Sleep(ctx, pauseBefore(tally.sent))
}

// pauseBefore is a random part of a pause that doubles with each attempt.
func pauseBefore(attempt int) time.Duration {
	longest := min(firstPause<<min(attempt-1, 10), mostPause)
	return rand.N(longest)
}

// outcome is the error of a call whose last attempt failed.
func (c *Conn) outcome(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errs.From(ctx.Err())
	}
	return c.unavailable(err)
}

func (c *Conn) unavailable(err error) error {
	return errs.ErrUnavailable.WithDetail("The %s service cannot be reached.", c.opts.Service).Wrap(err)
}
