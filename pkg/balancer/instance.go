package balancer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/circuitbreaker"
	"github.com/go-kit/kit/endpoint"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"todokit/pkg/errs"
	"todokit/pkg/registry"
)

// instance is one connection and one breaker.
type instance struct {
	pool        *pool
	address     string
	cc          *grpc.ClientConn
	breaker     *gobreaker.CircuitBreaker
	withBreaker endpoint.Endpoint
	state       prometheus.Gauge // of the breaker

	connections atomic.Uint64 // counts the beginnings and ends
	proven      atomic.Uint64 // what connections was when it proved to be the service
	doubtful    atomic.Bool   // it fails the health check, and that was logged
	incomplete  atomic.Bool   // there is a missing method
	missing     sync.Map      // methods that it does not have, by full name
	ejected     atomic.Bool   // it gets no call until it passes the health check

	mu      sync.Mutex
	proving *proof // nil: none is being made

	refs atomic.Int64  // one for each call in flight, and one for being known
	idle chan struct{} // closed when refs is zero
}

func (p *pool) newInstance(address string) (*instance, error) {
	target, err := registry.DialTarget(address)
	if err != nil {
		return nil, err
	}
	opts := append([]grpc.DialOption{grpc.WithNoProxy()}, p.opts.Dial...)
	i := &instance{pool: p, address: address, state: p.metrics.breaker(address), idle: make(chan struct{})}
	if i.cc, err = grpc.NewClient(target, append(opts, grpc.WithStatsHandler(connectionHandler{i}))...); err != nil {
		return nil, err
	}
	i.refs.Store(1)
	i.breaker = i.newBreaker(i.state)
	i.withBreaker = circuitbreaker.Gobreaker(i.breaker)(i.attempt)
	return i, nil
}

// call is the instance's endpoint. Its request is an operation. Where nothing was
// attempted, it returns an error for which notAttempted is true.
func (i *instance) call(ctx context.Context, request any) (any, error) {
	if !i.acquire() {
		return nil, errRemoved
	}
	defer i.release()
	if i.ejected.Load() {
		return nil, gobreaker.ErrOpenState
	}
	if i.lacks(request.(operation).name()) { //nolint:forcetypeassert // Conn sends nothing else
		return nil, errMethodMissing
	}
	return i.withBreaker(ctx, request)
}

// attempt performs the operation, and tells failures from other errors.
func (i *instance) attempt(ctx context.Context, request any) (any, error) {
	if err := i.proveBefore(ctx); err != nil {
		return nil, err
	}
	attemptCtx, sent := withSent(ctx)
	begin := time.Now()
	op := request.(operation) //nolint:forcetypeassert // Conn sends nothing else
	limit := i.pool.opts.attemptTimeout(op.name())
	result, err := op.invoke(attemptCtx, i, limit)
	switch {
	case err == nil || i.pool.opts.FromService(err):
		return result, err
	case codeOf(err) == codes.Unimplemented:
		i.noteMissing(op.name())
		return nil, errMethodMissing
	case i.pool.opts.isFailure(ctx, err, time.Since(begin), limit):
		return nil, &failure{err: err, sent: sent.begun.Load()}
	default:
		return result, err
	}
}

// proveBefore has the instance prove that it is the service before it gets an
// operation, and ejects one that is not.
func (i *instance) proveBefore(ctx context.Context) error {
	err := i.prove(ctx)
	switch {
	case err == nil, errors.Is(err, errRemoved):
		return err
	case errors.Is(err, errWrongService):
		i.eject()
		return err
	case ctx.Err() != nil:
		return errs.From(ctx.Err())
	default:
		return &failure{err: err}
	}
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
