package balancer

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"todokit/pkg/backoff"
	"todokit/pkg/errs"
)

// The longest backoff before the second attempt; it doubles from there.
const (
	firstBackoff = 20 * time.Millisecond
	maxBackoff   = 160 * time.Millisecond
)

// attempts counts those of one call.
type attempts struct {
	sent    int // may have reached an instance
	unsent  int // have not
	refused int // in a row, by breakers
}

// call performs an operation at the next instance, and after a failure at the
// one after that. This is the only layer that repeats a call, and it does so
// one attempt after the other, in the caller's goroutine.
func (c *Conn) call(ctx context.Context, op operation) (any, error) {
	c.budget.call()
	var made attempts
	for next := c.next.Add(1); ; next++ {
		instances, err := c.endpointer.Endpoints()
		if err != nil || len(instances) == 0 {
			return nil, c.unavailable(errors.New("no instance is known"))
		}
		n := len(instances)
		result, err := instances[next%uint64(n)](ctx, op)
		if err == nil {
			return result, nil
		}
		if errors.Is(err, errRemoved) && !c.pool.isClosed() {
			continue // the endpointer no longer returns it
		}
		if notAttempted(err) {
			if made.refused++; made.refused >= n {
				return nil, c.unavailable(err)
			}
			continue
		}
		failed, ok := errors.AsType[*failure](err)
		if !ok {
			return nil, err
		}
		if !c.retry(ctx, &made, n, failed) {
			return nil, c.finalError(ctx, failed.err)
		}
		op.reset()
		if failed.sent && made.sent == 1 {
			ctx = c.opts.MarkRepeat(ctx)
		}
	}
}

// retry decides on another attempt after a failed one, and waits before one that
// may go to the same instance, or to one with the same trouble.
func (c *Conn) retry(ctx context.Context, made *attempts, instances int, failed *failure) bool {
	made.refused = 0
	if !failed.sent {
		made.unsent++
		if made.unsent >= max(instances, c.opts.Attempts) || ctx.Err() != nil {
			return false
		}
		c.metrics.unsent.Inc()
		return made.unsent < instances || backoff.Sleep(ctx, retryBackoff(1))
	}
	made.sent++
	if made.sent >= c.opts.Attempts || ctx.Err() != nil {
		return false
	}
	if !c.budget.retry() {
		c.metrics.denied.Inc()
		return false
	}
	c.metrics.resent.Inc()
	return backoff.Sleep(ctx, retryBackoff(made.sent))
}

// retryBackoff is a random part of a duration that doubles with each attempt.
func retryBackoff(attempt int) time.Duration {
	return rand.N(min(firstBackoff<<min(attempt-1, 10), maxBackoff))
}

// finalError is the error of a call whose last attempt failed.
func (c *Conn) finalError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errs.From(ctx.Err())
	}
	return c.unavailable(err)
}

func (c *Conn) unavailable(err error) error {
	return errs.ErrUnavailable.WithDetail("The %s service cannot be reached.", c.opts.Service).Wrap(err)
}
