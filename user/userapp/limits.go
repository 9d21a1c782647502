package userapp

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/config"
	"todokit/pkg/loadshed"
	"todokit/user/usertransport"
)

// LimitConfig bounds what an instance works on at a time. Calls that hash a
// password have places of their own: however many sign in, the others wait for
// none of them.
type LimitConfig struct {
	loadshed.Config
	Hashing int `config:"hashing" usage:"most calls in work at a time that hash a password, those that wait for a free core included; 0 for no limit"`
}

func defaultLimits() LimitConfig {
	return LimitConfig{
		Config:  loadshed.Config{Concurrent: 64, Queue: 64, Wait: 100 * time.Millisecond},
		Hashing: 64,
	}
}

// Validate names the keys that are wrong.
func (c LimitConfig) Validate() error {
	if c.Hashing < 0 {
		return config.Invalid("hashing", "must not be negative")
	}
	return nil
}

// limiters returns the limiter of each method.
func (c LimitConfig) limiters(reg prometheus.Registerer) func(method string) *loadshed.Limiter {
	calls := c.Limiter("calls", reg)
	hashing := loadshed.Config{Concurrent: c.Hashing}.Limiter("hashing", reg) // the hasher has the queue
	slow := usertransport.Hashing()
	return func(method string) *loadshed.Limiter {
		if slices.Contains(slow, method) {
			return hashing
		}
		return calls
	}
}
