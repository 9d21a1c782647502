package registry

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
)

// Registration is that of one instance.
type Registration struct {
	client    *Client
	registrar *etcdv3.Registrar
	service   etcdv3.Service
	once      sync.Once
}

// Register registers an instance of a service under the address at which other
// processes reach it: "host:port" or "unix:///path". It returns at once; the
// instance is registered, and again after every loss, when etcd is reachable.
// instance is a name that no other instance of the service uses at the same time.
//
// Returns an error if one of the three is invalid.
func Register(c *Client, service, instance, address string) (*Registration, error) {
	for _, name := range []string{service, instance} {
		if name == "" || strings.ContainsAny(name, "/\x00") {
			return nil, fmt.Errorf("registry: name %q is empty or has a slash", name)
		}
	}
	if _, err := DialTarget(address); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	r := &Registration{client: c.fork(), service: etcdv3.Service{Key: Prefix(service) + instance, Value: address}}
	// go-kit's Registrar would log that it has registered before we have.
	r.registrar = etcdv3.NewRegistrar(r.client, r.service, log.NewNopLogger())
	r.registrar.Register()
	return r, nil
}

// Err returns why the instance is not registered, or why the last heartbeat
// failed; nil if it is and it did not.
func (r *Registration) Err() error {
	l := r.lease()
	if l == nil {
		return errors.New("deregistered")
	}
	return l.state.Load().err
}

// Registered reports whether the instance has been registered and not
// deregistered since. It stays true while etcd is away: others go on with what
// they know.
func (r *Registration) Registered() bool {
	l := r.lease()
	return l != nil && l.state.Load().registered
}

func (r *Registration) lease() *lease {
	r.client.mu.Lock()
	defer r.client.mu.Unlock()
	return r.client.leases[r.service.Key]
}

// Deregister removes the instance from etcd. It waits for etcd no longer than
// one request takes; where that fails, the lease runs out by itself. A second
// call does nothing.
func (r *Registration) Deregister() {
	r.once.Do(func() {
		r.registrar.Deregister()
		r.client.Close()
	})
}
