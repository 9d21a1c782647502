package loadshed

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/config"
)

// Config is the configuration of a limiter.
type Config struct {
	Concurrent int           `config:"concurrent" usage:"most requests in work at a time; 0 for no limit"`
	Queue      int           `config:"queue" usage:"most requests that may wait for their turn"`
	Wait       time.Duration `config:"wait" usage:"longest time a request waits for its turn, before it is turned away with 503"`
}

// Validate names the keys that are wrong.
func (c Config) Validate() error {
	switch {
	case c.Concurrent < 0:
		return config.Invalid("concurrent", "must not be negative")
	case c.Queue < 0:
		return config.Invalid("queue", "must not be negative")
	case c.Wait < 0:
		return config.Invalid("wait", "must not be negative")
	}
	return nil
}

// Limiter returns a limiter with this configuration.
func (c Config) Limiter(name string, reg prometheus.Registerer) *Limiter {
	return New(Options{Name: name, Concurrent: c.Concurrent, Queue: c.Queue, Wait: c.Wait, Registerer: reg})
}
