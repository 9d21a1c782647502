// Package registry is where the instances of a service register in etcd, and
// where callers look them up.
//
// go-kit's etcdv3 client loses a registration for good when its lease runs out
// or the store is wiped, ends a watch for good when etcd cancels it, and makes
// its callers wait while etcd is away. [Client] implements the same interface, so
// go-kit's Registrar and Instancer run on it unchanged. What it does instead:
// for a registration, a heartbeat renews the lease and puts the key again when it
// is not there on that lease; for a look-up, the prefix is listed, watched from
// that revision on, and listed again after every failure and every few seconds.
// What is known outlives etcd: a key that disappears though its instance did not
// deregister counts for a grace period. No call waits for etcd.
//
//	Register ───── go-kit Registrar ┐
//	                                ├ Client ─ lease, view ─ etcd
//	NewInstancer ─ go-kit Instancer ┘
package registry

import (
	"cmp"
	"errors"
	"time"

	"github.com/go-kit/log"
	"google.golang.org/grpc/credentials"
)

// ErrClosed is returned by a Client that was closed.
var ErrClosed = errors.New("registry: closed")

// root is where the services are in etcd.
const root = "/todokit/services/"

// Prefix is the prefix in etcd of a service's instances, each a key with its
// address as the value; no value means that the instance is deregistering. It
// ends with a slash, so that "user" never matches "user-admin".
func Prefix(service string) string { return root + service + "/" }

// Config of a Client. Only Endpoints is required.
type Config struct {
	Endpoints []string   // "host:port", "http://…", "https://…" or "unix:///path"
	Username  string     // empty: no authentication
	Password  string     //
	Logger    log.Logger // nil: dropped

	// Credentials are those of TLS, whatever the endpoints say. nil: none,
	// unless an endpoint says https.
	Credentials credentials.TransportCredentials

	TTL     time.Duration // of a registration's lease, in whole seconds; 5 s
	Grace   time.Duration // for which an instance stays whose key is gone though it did not deregister; twice the TTL
	Refresh time.Duration // between two complete lists of a prefix, watched in between; 10 s
	Timeout time.Duration // of one request to etcd; 2 s
}

func (c Config) withDefaults() Config {
	c.TTL = max(cmp.Or(c.TTL, 5*time.Second).Round(time.Second), time.Second)
	c.Grace = cmp.Or(c.Grace, 2*c.TTL)
	c.Refresh = cmp.Or(c.Refresh, 10*time.Second)
	c.Timeout = cmp.Or(c.Timeout, 2*time.Second)
	if c.Logger == nil {
		c.Logger = log.NewNopLogger()
	}
	return c
}

// heartbeat is the time between two renewals of a lease. It is a fraction of the
// TTL, so that a few may fail, and at most a second, since it is also how long
// a key that somebody deleted stays away.
func (c Config) heartbeat() time.Duration { return min(c.TTL/5, time.Second) }
