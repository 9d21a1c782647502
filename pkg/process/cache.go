package process

import (
	"fmt"

	"todokit/pkg/cache"
	"todokit/pkg/config"
	"todokit/pkg/tlsconfig"
)

// CacheConfig says where a service keeps cached copies.
type CacheConfig struct {
	Section config.Section
	URL     config.Secret    `config:"url" usage:"a Redis for all instances: redis://user:password@host:port/db, rediss://… or unix:///path; empty: each process keeps its own copies"`
	Bytes   int64            `config:"bytes" usage:"memory for copies in this process; 0: no copies, nor in a Redis"`
	TLS     tlsconfig.Config `config:"tls"`
}

// DefaultCache is one in the process.
func DefaultCache() CacheConfig { return CacheConfig{Bytes: 8 << 20} }

// Validate names the keys that are wrong.
func (c CacheConfig) Validate() error {
	if c.Bytes < 0 {
		return config.Invalid("bytes", "must not be negative")
	}
	if err := cache.CheckURL(c.URL.Reveal(), c.TLS.Enabled()); err != nil {
		return config.Invalid("url", "%w", err)
	}
	return nil
}

// NewCache makes the cache that c configures, with the Name, Size, Codec and TTL
// of o. A Redis need not be there yet, and may go away.
func NewCache[V any](env Env, c CacheConfig, o cache.Options[V]) (cache.Cache[V], error) {
	t, err := c.TLS.Client()
	if err != nil {
		return nil, fmt.Errorf("%s.%w", c.Section, err)
	}
	o.URL, o.TLS, o.Bytes, o.Logger, o.Registerer = c.URL.Reveal(), t, c.Bytes, env.Logger, env.Registry
	created, err := cache.New(o)
	if err != nil {
		return nil, c.Section.Invalid("url", "%w", err)
	}
	return created, nil
}
