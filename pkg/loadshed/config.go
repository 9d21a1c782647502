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
	Wait       time.Duration `config:"wait" usage:"longest time a request waits for its turn, before it is turned away with 503; 15 times as long, and then 429, if its user has a share of the places already"`
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

// shareWaits is how many times as long as others a request waits while its own key
// has its share of the places: it takes nothing from others, and many changes of
// one thing at once are to wait for each other.
const shareWaits = 15

// Limiter returns a limiter with this configuration.
func (c Config) Limiter(name string, reg prometheus.Registerer) *Limiter {
	return c.LimiterWithShare(name, 0, reg)
}

// LimiterWithShare is Limiter for one whose share is not the default.
func (c Config) LimiterWithShare(name string, share int, reg prometheus.Registerer) *Limiter {
	return New(Options{
		Name: name, Concurrent: c.Concurrent, Share: share, Queue: c.Queue, Wait: c.Wait, ShareWait: shareWaits * c.Wait, Registerer: reg,
	})
}

// Scans returns the limiter of requests that may have to look at everything that
// a user has. They get a sixteenth as many places, but at least 4, and 2 for one
// user, and wait five times as long: each takes long itself, and those who wait
// here take nothing from anybody else.
func (c Config) Scans(name string, reg prometheus.Registerer) *Limiter {
	if c.Concurrent <= 0 {
		return nil
	}
	return New(Options{
		Name: name, Concurrent: max(c.Concurrent/16, 4), Share: 2, Queue: c.Queue, Wait: 5 * c.Wait, Registerer: reg,
	})
}
