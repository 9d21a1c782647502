package userapp

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/config"
	"todokit/pkg/loadshed"
	"todokit/user/usertransport"
)

// LimitConfig bounds what an instance works on at a time. Calls that hash a
// password have places of their own: however many sign in, the others wait for
// none of them.
type LimitConfig struct {
	loadshed.Config
	Hashing int `config:"hashing" usage:"most calls in work at a time that hash a password, those that wait for a free core included, and a quarter as many registrations; 0 for no limit"`
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

// limiters returns the limiter of each method. Registrations have a quarter of the
// places of those that hash, beside the others, so that a flood of them takes none
// from those who sign in.
func (c LimitConfig) limiters(reg prometheus.Registerer) func(method string, _ any) *loadshed.Limiter {
	calls := c.Limiter("calls", reg)
	hashing := loadshed.Config{Concurrent: c.Hashing}.Limiter("hashing", reg) // the hasher has the queue
	registering := loadshed.Config{Concurrent: quarter(c.Hashing)}.Limiter("registering", reg)
	slow := usertransport.Hashing()
	return func(method string, _ any) *loadshed.Limiter {
		if method == userv1.UserService_Register_FullMethodName {
			return registering
		}
		if slices.Contains(slow, method) {
			return hashing
		}
		return calls
	}
}

// quarter returns at least 1 for what is more than 0.
func quarter(places int) int { return (places + 3) / 4 }
