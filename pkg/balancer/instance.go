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
	pool        *pool
	address     string
	cc          *grpc.ClientConn
	withBreaker endpoint.Endpoint

	ejected atomic.Bool // its breaker has opened, and it has not answered a probe since

	refs atomic.Int64  // one for each call in flight, and one for being known
	idle chan struct{} // closed when refs is zero
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
	i.refs.Store(1)
	breaker := i.newBreaker(p.metrics.breaker(address))
	i.withBreaker = circuitbreaker.Gobreaker(breaker)(i.attempt)
	return i, nil
}

// call is the instance's endpoint. Its request is an operation. It returns
// errRemoved, or the breaker's own errors, where nothing was attempted.
func (i *instance) call(ctx context.Context, request any) (any, error) {
	if !i.acquire() {
		return nil, errRemoved
	}
	defer i.release()
	if i.ejected.Load() {
		return nil, gobreaker.ErrOpenState
	}
	return i.withBreaker(ctx, request)
}

// attempt performs the operation, and tells failures from other errors.
func (i *instance) attempt(ctx context.Context, request any) (any, error) {
	attemptCtx, sent := withSent(ctx)
	begin := time.Now()
	op := request.(operation) //nolint:forcetypeassert // Conn sends nothing else
	limit := i.pool.opts.attemptTimeout(op.name())
	result, err := op.invoke(attemptCtx, i, limit)
	if err != nil && i.pool.opts.isFailure(ctx, err, time.Since(begin), limit) {
		return nil, &failure{err: err, sent: sent.Load()}
	}
	return result, err
}

// acquire takes a reference, unless there is none any more.
func (i *instance) acquire() bool {
	for {
		n := i.refs.Load()
		if n == 0 {
			return false
		}
		if i.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (i *instance) release() {
	if i.refs.Add(-1) == 0 {
		close(i.idle)
	}
}

// Close is called by go-kit's Endpointer, which holds its lock meanwhile, when
// the instance is no longer known. It does not wait for the calls in flight.
func (i *instance) Close() error {
	i.pool.remove(i)
	return nil
}
