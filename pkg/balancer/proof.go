package balancer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-kit/log/level"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// errWrongService is returned by an instance at whose address something answers
// that is not the service.
var errWrongService = errors.New("not an instance of the service")

// errMethodMissing is returned by an instance that has said that it does not have
// the method, as one of an earlier version does.
var errMethodMissing = errors.New("the instance does not have the method")

// proof is a health check that is being made. Those who wait for it share it.
type proof struct {
	done chan struct{}
	err  error // once done is closed
}

// prove returns nil if what is at the other end of the connection has said that
// it is the service, and asks it, once for each connection, if it has not: an
// address in the registry may be wrong, and a port is used again by others. No
// call, and so no token, is sent before.
func (i *instance) prove(ctx context.Context) error {
	if n := i.connections.Load(); n != 0 && i.proven.Load() == n {
		return nil
	}
	i.mu.Lock()
	p := i.proving
	if p == nil {
		p = &proof{done: make(chan struct{})}
		if !i.pool.probeInBackground(func() { i.finish(p, i.checkService()) }) {
			i.mu.Unlock()
			return errRemoved
		}
		i.proving = p
	}
	i.mu.Unlock()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (i *instance) finish(p *proof, err error) {
	i.mu.Lock()
	i.proving = nil
	i.mu.Unlock()
	p.err = err
	close(p.done)
}

// checkService asks for the health of the service (grpc.health.v1), which only an
// instance of it knows. Returns errWrongService for any answer but "serving".
func (i *instance) checkService() error {
	// No caller's context: the answer is for all of them.
	ctx, cancel := context.WithTimeout(context.Background(), i.pool.opts.AttemptTimeout)
	defer cancel()
	ctx, sent := withSent(ctx)
	reply, err := healthv1.NewHealthClient(i.cc).Check(ctx, &healthv1.HealthCheckRequest{Service: i.pool.opts.GRPCService})
	switch codeOf(err) {
	case codes.OK:
		if status := reply.GetStatus(); status != healthv1.HealthCheckResponse_SERVING {
			err = fmt.Errorf("%w: its status of %s is %s", errWrongService, i.pool.opts.GRPCService, status)
		}
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
	default:
		err = fmt.Errorf("%w: %w", errWrongService, err)
	}
	i.logDoubt(err)
	if err == nil {
		i.proven.Store(sent.connection.Load())
	}
	return err
}

// logDoubt logs when an instance begins to fail the check, and when that ends.
func (i *instance) logDoubt(err error) {
	o := i.pool.opts
	switch {
	case err == nil && i.doubtful.CompareAndSwap(true, false):
		_ = level.Info(o.Logger).Log("msg", "instance is the service again", "service", o.Service, "instance", i.address)
	case err != nil && !i.pool.isClosed() && i.doubtful.CompareAndSwap(false, true):
		_ = level.Warn(o.Logger).Log("msg", "instance does not answer as the service: no calls go there until it does",
			"service", o.Service, "instance", i.address, "key", strings.Join(i.pool.keys(i.address), ","), "err", err)
	}
}

// lacks reports whether the instance has said that it does not have the method.
func (i *instance) lacks(method string) bool {
	if !i.incomplete.Load() {
		return false
	}
	_, missing := i.missing.Load(method)
	return missing
}

// noteMissing notes that the instance does not have the method, until there is
// another connection to it, and has it prove again what it is.
func (i *instance) noteMissing(method string) {
	i.proven.Store(0)
	_, known := i.missing.LoadOrStore(method, true)
	i.incomplete.Store(true)
	if !known {
		_ = level.Warn(i.pool.opts.Logger).Log("msg", "instance does not have a method: calls of it go to others",
			"service", i.pool.opts.Service, "instance", i.address, "method", method)
	}
}

// noteConnection notes that a connection begins or has ended: whoever is at the other
// end of the next one has yet to prove what it is.
func (i *instance) noteConnection() {
	i.connections.Add(1)
	i.incomplete.Store(false)
	i.missing.Clear()
}
