package registry

import (
	"fmt"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
)

// Instancer tells its subscribers the addresses of a service's instances.
type Instancer struct {
	sd.Instancer
	client *Client
	prefix string
}

// NewInstancer begins to look a service up. It does not wait for etcd: until
// that has answered, the service has no instances.
func NewInstancer(c *Client, service string) (*Instancer, error) {
	own := c.fork()
	// The client logs what becomes known; go-kit would log it again.
	instancer, err := etcdv3.NewInstancer(own, Prefix(service), log.NewNopLogger())
	if err != nil {
		own.Close()
		return nil, fmt.Errorf("registry: %w", err)
	}
	return &Instancer{Instancer: instancer, client: own, prefix: Prefix(service)}, nil
}

// Keys returns the keys in etcd whose value is the address, as last known.
func (i *Instancer) Keys(address string) []string {
	v, err := i.client.view(i.prefix)
	if err != nil {
		return nil
	}
	return v.keysOf(address)
}

// Stop ends the look-up. go-kit's own Stop leaves its watch running.
func (i *Instancer) Stop() {
	i.Instancer.Stop()
	i.client.Close()
}
