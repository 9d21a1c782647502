// Package balancer carries calls to all instances of a service: the next one
// round robin, a breaker for each, and a repetition at another after a failure.
package balancer

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
)

// Options of a Conn. Instancer and Service are required.
type Options struct {
	Instancer sd.Instancer      // tells the addresses of the instances; the Conn stops it
	Service   string            // for metrics and errors
	Caller    string            // who calls, for the metrics: several may in one process
	Dial      []grpc.DialOption // for the connection to each instance

	// FromService reports whether an error is the answer of the far service
	// itself, and so no reason to doubt the instance or to ask another one.
	// nil: no error is.
	FromService func(error) bool
	// MarkRepeat marks the context of an attempt that repeats one which may
	// have been carried out. nil: such attempts are not marked.
	MarkRepeat func(context.Context) context.Context

	Attempts       int           // that may reach an instance, of one call; 3
	AttemptTimeout time.Duration // of each; 600 ms
	// AttemptTimeouts are of methods that need another, by their full names.
	AttemptTimeouts map[string]time.Duration
	Drain           time.Duration // that calls in flight get when their instance goes; 10 s

	Logger     log.Logger            // nil: dropped
	Registerer prometheus.Registerer // nil: no metrics
}

func (o Options) withDefaults() Options {
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.AttemptTimeout = cmp.Or(o.AttemptTimeout, 600*time.Millisecond)
	o.Drain = cmp.Or(o.Drain, 10*time.Second)
	if o.FromService == nil {
		o.FromService = func(error) bool { return false }
	}
	if o.MarkRepeat == nil {
		o.MarkRepeat = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	return o
}

// attemptTimeout is what one attempt of a call of the method may take.
func (o Options) attemptTimeout(method string) time.Duration {
	return cmp.Or(o.AttemptTimeouts[method], o.AttemptTimeout)
}

// Conn carries calls to a service, whichever instances it has at the moment.
// Each call goes to the next instance round robin. One that fails for reasons
// of the connection or the instance is repeated at another; all other errors
// are returned as the connection's interceptors made them.
//
// Its own errors are errs.ErrUnavailable where no instance could be asked or
// none answered, and errs.ErrDeadline or errs.ErrCancelled where the caller's
// context ended first.
type Conn struct {
	opts       Options
	endpointer *sd.DefaultEndpointer
	pool       *pool
	budget     *budget
	metrics    *metrics
	turn       atomic.Uint64
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
	c.endpointer = sd.NewEndpointer(opts.Instancer, c.pool.make, opts.Logger)
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
	return result.(grpc.ClientStream), nil //nolint:forcetypeassert // what stream.do returns
}

// Instances returns the addresses of the known instances. Without one, every
// call fails at once.
func (c *Conn) Instances() []string { return c.pool.addresses() }

// Close stops the Instancer and cuts all connections: stop what calls first.
func (c *Conn) Close() {
	c.closing.Do(func() {
		c.endpointer.Close()
		c.opts.Instancer.Stop()
		c.pool.close()
	})
}
