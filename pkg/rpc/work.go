package rpc

import (
	"context"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

const (
	// mostWork bounds a call whose caller would wait for longer.
	mostWork = 10 * time.Second
	// mostReserve is how long before its caller's deadline a call has to end,
	// at most: in that time the answer finds its way back.
	mostReserve = 50 * time.Millisecond
)

// work bounds a unary call: by the gate of its method, and by a deadline that
// comes before the caller's. So it is the service that says that its database
// did not answer in time. Were it the caller that stopped to wait, it would
// take the instance for a dead one, and go and trouble the next.
func (s *server) work(ctx context.Context, method string, do func(context.Context) (any, error)) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, timeFor(ctx))
	defer cancel()
	var gate *loadshed.Limiter
	if s.options.Gate != nil {
		gate = s.options.Gate(method)
	}
	if err := gate.Enter(ctx); err != nil {
		return nil, err
	}
	defer gate.Leave()
	answer, err := do(ctx)
	if err != nil && errs.KindOf(err) == errs.DeadlineExceeded {
		err = errs.ErrUnavailable.WithDetail("The service did not get done in time.").Wrap(err)
	}
	return answer, err
}

// timeFor is what may be used of the time until the caller's deadline.
func timeFor(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return mostWork
	}
	left := time.Until(deadline)
	return min(left-min(left/10, mostReserve), mostWork)
}
