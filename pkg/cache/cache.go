// Package cache keeps copies of values that never change under their key, so
// that no copy can be stale and none needs to be removed: a newer value has a newer
// key. The copies are in this process, or in a Redis that several share. Either is
// bounded, and may lose any copy at any time.
package cache

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
)

// Cache keeps values that never change under their key. No value is an error:
// whatever goes wrong inside is counted, logged once per change, and a miss.
type Cache[V any] interface {
	// Get returns the value that was put under the key, if it is still there.
	// It is not to be changed.
	Get(ctx context.Context, key string) (V, bool)
	// Put keeps the value, unless it cannot. It does not wait for anything; the
	// value is not to be changed afterwards.
	Put(ctx context.Context, key string, v V)
	// Close ends the cache, and waits for writes: a quarter of a second at most.
	Close() error
}

// Codec turns values into bytes and back, for a cache outside of the process.
// Its errors are logged, and so must not quote what users wrote.
type Codec[V any] interface {
	Marshal(v V) ([]byte, error)
	// Unmarshal must return an error for what Marshal of this version of the
	// program does not make: others may have put it there.
	Unmarshal(b []byte) (V, error)
}

// Options says what is kept, and where. Name and Size are required.
type Options[V any] struct {
	URL   string             // empty: in this process; see ErrURL for the others; never logged
	TLS   func() *tls.Config // makes TLS's part of one more connection to rediss://; nil: the system's authorities
	Name  string             // of what is kept, for metrics, logs and keys: "task"
	Bytes int64              // most that the values in this process may take; 0: nothing is kept anywhere
	Size  func(v V) int      // bytes that a value takes in memory, without its key
	Codec Codec[V]           // required with a URL
	TTL   time.Duration      // how long a value stays: in this process, after its last use; in Redis, after it was put; 0: an hour

	Logger     log.Logger            // nil: silent
	Registerer prometheus.Registerer // nil: no metrics
}

const defaultTTL = time.Hour

// New makes a cache. A Redis need not be there yet. It returns an error that
// wraps ErrURL for a bad URL.
func New[V any](o Options[V]) (Cache[V], error) {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.TTL <= 0 {
		o.TTL = defaultTTL
	}
	switch {
	case o.Bytes <= 0:
		return none[V]{}, nil
	case o.URL == "":
		return newLocal(o), nil
	default:
		return newShared(o)
	}
}

// none keeps nothing.
type none[V any] struct{}

func (none[V]) Get(context.Context, string) (v V, ok bool) { return v, false }

func (none[V]) Put(context.Context, string, V) {}

func (none[V]) Close() error { return nil }
