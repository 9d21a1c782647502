package rpc

import (
	"context"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

const (
	// maxDuration bounds a call whose caller would wait for longer.
	maxDuration = 10 * time.Second
	// maxReserve bounds how long before its caller's deadline a call has to end:
	// in that time the reply is sent.
	maxReserve = 50 * time.Millisecond
)

// limit bounds a unary call: by the limiter of its method, and by a deadline that
// comes before the caller's. So it is the service that says that its database
// did not answer in time. If the caller's deadline came first, the caller would
// take the instance for a dead one, and try the next.
func (s *server) limit(ctx context.Context, method string, do func(context.Context) (any, error)) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout(ctx))
	defer cancel()
	var limiter *loadshed.Limiter
	if s.options.Limiter != nil {
		limiter = s.options.Limiter(method)
	}
	if err := limiter.Enter(ctx); err != nil {
		return nil, err
	}
	defer limiter.Leave()
	reply, err := do(ctx)
	if err != nil && errs.KindOf(err) == errs.DeadlineExceeded {
		err = errs.ErrUnavailable.WithDetail("The service did not get done in time.").Wrap(err)
	}
	return reply, err
}

// timeout is what may be used of the time until the caller's deadline.
func timeout(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return maxDuration
	}
	left := time.Until(deadline)
	return min(left-min(left/10, maxReserve), maxDuration)
}
