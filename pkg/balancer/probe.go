package balancer

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
)

// noMethod is one that no server has. That it says so is a sign of life.
const noMethod = "/todokit.Nothing/Probe"

// suspect keeps all calls from an instance whose breaker has opened until it
// gives a sign of life. Without that it would be a caller who finds out that an
// instance still hangs: slowly, and in doubt whether a write was made.
func (i *instance) suspect() {
	p := i.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed() || !i.silent.CompareAndSwap(false, true) {
		return
	}
	p.probing.Go(i.probe)
}

// probe asks until the instance answers or is gone.
func (i *instance) probe() {
	tick := time.NewTicker(breakerOpen)
	defer tick.Stop()
	for !i.alive() {
		select {
		case <-tick.C:
		case <-i.idle:
			return
		case <-i.pool.closed:
			return
		}
	}
	i.silent.Store(false)
}

func (i *instance) alive() bool {
	// It lives as long as the instance does, which no caller's context says.
	ctx, cancel := context.WithTimeout(context.Background(), i.pool.opts.AttemptTimeout)
	defer cancel()
	err := i.cc.Invoke(ctx, noMethod, &emptypb.Empty{}, &emptypb.Empty{})
	switch codeOf(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return false
	default:
		return true
	}
}
