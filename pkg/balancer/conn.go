package balancer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd"
	"google.golang.org/grpc"
)

// Conn carries calls to the instances that a service has at the moment.
//
// Its own errors are errs.ErrUnavailable where no instance could be reached or
// none replied, and errs.ErrDeadline or errs.ErrCancelled where the caller's
// context ended first. All other errors are returned as the connection's
// interceptors made them.
type Conn struct {
	opts       Options
	endpointer *sd.DefaultEndpointer
	pool       *pool
	budget     *budget
	metrics    *metrics
	next       atomic.Uint64 // of the round robin
	closing    sync.Once
}

var _ grpc.ClientConnInterface = (*Conn)(nil)

// NewConn makes a connection to the instances that the Instancer tells of. It
// does not wait for one: see Instances.
func NewConn(opts Options) *Conn {
	opts = opts.withDefaults()
	metrics := newMetrics(opts)
	c := &Conn{opts: opts, budget: newBudget(time.Now), metrics: metrics}
	c.pool = newPool(opts, metrics)
	c.endpointer = sd.NewEndpointer(opts.Instancer, c.pool.add, opts.Logger)
	return c
}

// Invoke performs a unary call.
func (c *Conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	_, err := c.call(ctx, &unary{method: method, args: args, reply: reply, opts: opts})
	return err
}

// NewStream begins a streaming call at the next instance that lets it begin.
// It stays with that instance, and ends with it at the latest.
func (c *Conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	result, err := c.call(ctx, &stream{desc: desc, method: method, opts: opts})
	if err != nil {
		return nil, err
	}
	return result.(grpc.ClientStream), nil //nolint:forcetypeassert // what stream.invoke returns
}

// Instances returns the addresses of the known instances. Without one, every
// call fails at once.
func (c *Conn) Instances() []string { return c.pool.addresses() }

// Close stops the Instancer and closes all connections, without draining them.
func (c *Conn) Close() {
	c.closing.Do(func() {
		c.endpointer.Close()
		c.opts.Instancer.Stop()
		c.pool.close()
	})
}
