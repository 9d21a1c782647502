// Package discovery lets the instances of the services find each other through
// etcd, and carries calls between them.
//
// [Client] is our own implementation of go-kit's sd/etcdv3.Client interface.
// go-kit's Registrar and Instancer work on top of it, untouched. What it adds
// is that nothing ends it but Close: neither a lease that was lost, nor a watch
// that was cancelled, nor a store that came back empty; and that no caller ever
// waits for etcd.
//
//	Register ─ go-kit Registrar ┐
//	                            ├ Client ─ lease, view ─ etcd
//	NewConn ── go-kit Instancer ┘
//	   └ go-kit Endpointer ─ an instance: one gRPC connection, one breaker
//
// [Conn] is the grpc.ClientConnInterface of a whole service: generated clients
// call it as they would call one connection.
package discovery

import (
	"errors"
	"time"

	"github.com/go-kit/log"
	"google.golang.org/grpc/credentials"
)

// ErrClosed is returned by a Client, or a Conn, that was closed.
var ErrClosed = errors.New("discovery: closed")

// root is where the services are in etcd.
const root = "/todokit/services/"

// Prefix is the folder in etcd that holds a service's instances, each a key with
// its address as the value; no value means that the instance is leaving. It ends
// with a slash, so that "user" never matches "user-admin".
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
	c.TTL = max(or(c.TTL, 5*time.Second).Round(time.Second), time.Second)
	c.Grace = or(c.Grace, 2*c.TTL)
	c.Refresh = or(c.Refresh, 10*time.Second)
	c.Timeout = or(c.Timeout, 2*time.Second)
	if c.Logger == nil {
		c.Logger = log.NewNopLogger()
	}
	return c
}

// beat is the time between two renewals of a lease. It is a fraction of the
// TTL, so that a few may fail, and at most a second, since it is also how long
// a key that somebody deleted stays away.
func (c Config) beat() time.Duration { return min(c.TTL/5, time.Second) }

func or[T ~int | ~int64](value, fallback T) T {
	if value > 0 {
		return value
	}
	return fallback
}
