package balancer

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
)

// probeMethod is one that no server has: that it says so shows that it responds.
const probeMethod = "/todokit.Nothing/Probe"

// eject keeps all calls from an instance whose breaker has opened until it
// answers a probe. Without that, a caller would find out that an instance still
// hangs: slowly, and without knowing whether its write was made.
func (i *instance) eject() {
	p := i.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed() || !i.ejected.CompareAndSwap(false, true) {
		return
	}
	p.probing.Go(i.probe)
}

// probe repeats until the instance responds or is removed.
func (i *instance) probe() {
	tick := time.NewTicker(breakerOpen)
	defer tick.Stop()
	for !i.responds() {
		select {
		case <-tick.C:
		case <-i.idle:
			return
		case <-i.pool.closed:
			return
		}
	}
	i.ejected.Store(false)
}

func (i *instance) responds() bool {
	// No caller's context: the probe is for all of them.
	ctx, cancel := context.WithTimeout(context.Background(), i.pool.opts.AttemptTimeout)
	defer cancel()
	err := i.cc.Invoke(ctx, probeMethod, &emptypb.Empty{}, &emptypb.Empty{})
	switch codeOf(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return false
	default:
		return true
	}
}
