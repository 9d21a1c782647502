package balancer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/circuitbreaker"
	"github.com/go-kit/kit/endpoint"
	"github.com/sony/gobreaker"
	"google.golang.org/grpc"

	"todokit/pkg/registry"
)

// instance is one connection and one breaker.
type instance struct {
	pool    *pool
	address string
	cc      *grpc.ClientConn
	guarded endpoint.Endpoint

	silent atomic.Bool // its breaker has opened, and it has not answered a probe since

	users atomic.Int64  // calls in flight, and one for being known
	idle  chan struct{} // closed when the last of them has gone
}

func (p *pool) newInstance(address string) (*instance, error) {
	target, err := registry.DialTarget(address)
	if err != nil {
		return nil, err
	}
	opts := append([]grpc.DialOption{grpc.WithNoProxy()}, p.opts.Dial...)
	cc, err := grpc.NewClient(target, append(opts, grpc.WithStatsHandler(sentHandler{}))...)
	if err != nil {
		return nil, err
	}
	i := &instance{pool: p, address: address, cc: cc, idle: make(chan struct{})}
	i.users.Store(1)
	breaker := i.newBreaker(p.metrics.breaker(address))
	i.guarded = circuitbreaker.Gobreaker(breaker)(i.attempt)
	return i, nil
}

// call is the instance's endpoint. Its request is an operation. It returns
// errGone, or what the breaker refuses with, where nothing was attempted.
func (i *instance) call(ctx context.Context, request any) (any, error) {
	if !i.acquire() {
		return nil, errGone
	}
	defer i.release()
	if i.silent.Load() {
		return nil, gobreaker.ErrOpenState
	}
	return i.guarded(ctx, request)
}

// attempt performs the operation, and sorts failures from other errors.
func (i *instance) attempt(ctx context.Context, request any) (any, error) {
	marked, sent := withSent(ctx)
	begin := time.Now()
	op := request.(operation) //nolint:forcetypeassert // Conn sends nothing else
	limit := i.pool.opts.attemptTimeout(op.name())
	result, err := op.do(marked, i, limit)
	if err != nil && i.pool.opts.faulty(ctx, err, time.Since(begin), limit) {
		return nil, &failure{err: err, sent: sent.Load()}
	}
	return result, err
}

// acquire counts a user in, unless the last has gone.
func (i *instance) acquire() bool {
	for {
		n := i.users.Load()
		if n == 0 {
			return false
		}
		if i.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (i *instance) release() {
	if i.users.Add(-1) == 0 {
		close(i.idle)
	}
}

// Close is called by go-kit's Endpointer, which holds its lock meanwhile, when
// the instance is no longer known. Calls in flight may end in peace.
func (i *instance) Close() error {
	i.pool.retire(i)
	return nil
}
