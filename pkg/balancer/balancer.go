// Package balancer carries gRPC calls to all instances of a service.
//
// go-kit's Instancer tells which instances there are, and its Endpointer makes
// an endpoint for each; what go-kit then offers, lb.Retry over lb.RoundRobin,
// repeats every error in a goroutine of its own, also when the server may have
// carried the call out, and under load may pick the instance that has just
// failed. A [Conn] is the grpc.ClientConnInterface of the whole service instead:
// generated clients call it as they would call one connection. A call goes to the
// next instance, round robin, through that instance's circuit breaker; after a
// failure of the connection or the instance, and only then, it is repeated at the
// one after that, within a budget. An instance has to prove that it is the service
// on each new connection, by a health check (grpc.health.v1), before it gets calls.
// One that is something else, or whose breaker has opened, is ejected until it
// passes that check; one that is removed is drained.
//
//	Conn ─ go-kit Endpointer ─ pool ─ an instance: one breaker, one gRPC connection
//	             └ sd.Instancer, such as that of pkg/registry
package balancer

import (
	"cmp"
	"context"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
)

// Options of a Conn. Instancer, Service and GRPCService are required.
type Options struct {
	// Instancer tells the addresses of the instances. The Conn stops it. If it has a
	// method Keys(address string) []string, the log names the keys of an instance.
	Instancer   sd.Instancer
	Service     string            // for metrics and errors
	GRPCService string            // the full name of the gRPC service that an instance has, "task.v1.TaskService"
	Caller      string            // for metrics: several services of a process may call
	Dial        []grpc.DialOption // for the connection to each instance

	// FromService reports whether an error was returned by the service itself,
	// and so is no failure of the instance and no reason to retry. nil: none is.
	FromService func(error) bool
	// MarkRepeat marks the context of an attempt that repeats one which may
	// have been carried out. nil: such attempts are not marked.
	MarkRepeat func(context.Context) context.Context

	Attempts       int           // that may reach an instance, of one call; 3
	AttemptTimeout time.Duration // of each; 600 ms
	// AttemptTimeouts are of methods that need another, by their full names.
	AttemptTimeouts map[string]time.Duration
	Drain           time.Duration // for calls in flight to an instance that is removed; 10 s

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
