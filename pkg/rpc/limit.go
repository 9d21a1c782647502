package rpc

import (
	"context"
	"net/netip"
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

// inTime bounds a unary call by a deadline that comes before the caller's. So it
// is the service that says that its database did not answer in time. If the
// caller's deadline came first, the caller would take the instance for a dead one,
// and try the next.
func inTime(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout(ctx))
	defer cancel()
	reply, err := do(ctx)
	if err != nil && errs.KindOf(err) == errs.DeadlineExceeded {
		err = errs.ErrUnavailable.WithDetail("The service did not get done in time.").Wrap(err)
	}
	return reply, err
}

// limit bounds a unary call by the limiter of its request. The context has the
// caller, if the token was checked, whose share of the places is bounded.
func (s *server) limit(ctx context.Context, method string, req any, do func(context.Context, any) (any, error)) (any, error) {
	var limiter *loadshed.Limiter
	if s.options.Limiter != nil {
		limiter = s.options.Limiter(method, req)
	}
	key := limitKey(ctx)
	if err := limiter.EnterFor(ctx, key); err != nil {
		return nil, err
	}
	defer limiter.LeaveFor(key)
	return do(ctx, req)
}

// limitKey is whose request a call is: the caller's, and that of the client's
// address for a method that needs no token.
func limitKey(ctx context.Context) loadshed.Key {
	if caller, ok := Caller(ctx); ok {
		return loadshed.Key(caller.UserID)
	}
	addr, err := netip.ParseAddr(Address(ctx))
	if err != nil {
		return loadshed.Key{}
	}
	return loadshed.AddressKey(addr)
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
