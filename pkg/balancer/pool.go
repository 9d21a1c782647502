package balancer

import (
	"io"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
)

// pool holds the instances of a service: those that are known, and those that
// are being drained.
type pool struct {
	opts    Options
	metrics *metrics

	mu     sync.Mutex // guards the rest, and Add of the groups against close
	known  map[*instance]bool
	closed chan struct{}

	draining, probing sync.WaitGroup
}

func newPool(opts Options, m *metrics) *pool {
	return &pool{opts: opts, metrics: m, known: map[*instance]bool{}, closed: make(chan struct{})}
}

// add is the sd.Factory: it makes the endpoint of a new instance.
func (p *pool) add(address string) (endpoint.Endpoint, io.Closer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed() {
		return nil, nil, errClosed
	}
	i, err := p.newInstance(address)
	if err != nil {
		return nil, nil, err
	}
	p.known[i] = true
	p.metrics.instances.Set(float64(len(p.known)))
	return i.call, i, nil
}

// remove drains an instance that is no longer known.
func (p *pool) remove(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known[i] {
		return
	}
	delete(p.known, i)
	p.metrics.instances.Set(float64(len(p.known)))
	p.metrics.deleteInstance(i.address)
	i.release()
	p.draining.Go(func() { p.drain(i) })
}

// probeInBackground runs do, which ends by itself soon after the close. Returns
// false if the pool is closed.
func (p *pool) probeInBackground(do func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed() {
		return false
	}
	p.probing.Go(do)
	return true
}

// keys returns the names under which the registry has the address, for the log.
func (p *pool) keys(address string) []string {
	if named, ok := p.opts.Instancer.(interface{ Keys(address string) []string }); ok {
		return named.Keys(address)
	}
	return nil
}

// drain waits for the calls in flight, and closes the connection.
func (p *pool) drain(i *instance) {
	timeout := time.NewTimer(p.opts.Drain)
	defer timeout.Stop()
	select {
	case <-i.idle:
	case <-timeout.C:
	case <-p.closed:
	}
	_ = i.cc.Close() // its only error is that it was closed before
}

func (p *pool) addresses() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	addresses := make([]string, 0, len(p.known))
	for i := range p.known {
		addresses = append(addresses, i.address)
	}
	slices.Sort(addresses)
	return addresses
}

// close closes all connections, those that are being drained included.
func (p *pool) close() {
	p.mu.Lock()
	if !p.isClosed() {
		close(p.closed)
	}
	known := p.known
	p.known = map[*instance]bool{}
	p.mu.Unlock()
	for i := range known {
		p.metrics.deleteInstance(i.address)
		i.release()
		_ = i.cc.Close() // its only error is that it was closed before
	}
	p.metrics.instances.Set(0)
	p.draining.Wait()
	p.probing.Wait()
}

func (p *pool) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}
