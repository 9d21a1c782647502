package gatewayapp

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/gateway/ratelimit"
	"todokit/pkg/balancer"
	"todokit/pkg/config"
	"todokit/pkg/loadshed"
	"todokit/pkg/process"
	"todokit/user/usertransport"
)

// UpstreamConfig bounds the calls to the services.
type UpstreamConfig struct {
	process.CallConfig
	HashAttemptTimeout time.Duration `config:"hash_attempt_timeout" usage:"longest time for one attempt of a call that hashes a password"`
}

// Validate names the keys that are wrong.
func (c UpstreamConfig) Validate() error {
	if c.HashAttemptTimeout <= 0 || c.HashAttemptTimeout > c.Timeout {
		return config.Invalid("hash_attempt_timeout", "must be more than nothing and at most the timeout")
	}
	return nil
}

// attemptTimeouts gives the calls that hash a password the time they need.
func (c UpstreamConfig) attemptTimeouts(o *balancer.Options) {
	o.AttemptTimeouts = map[string]time.Duration{}
	for _, method := range usertransport.Hashing() {
		o.AttemptTimeouts[method] = c.HashAttemptTimeout
	}
}

// LimitConfig bounds what the gateway takes. Each part, the routes of the user
// service, those of the task service, and those that hash a password, has its
// own places.
type LimitConfig struct {
	loadshed.Config
	Hashing int        `config:"hashing" usage:"most requests in work at a time that hash a password, and a quarter as many registrations; 0 for no limit"`
	User    RateConfig `config:"user"`
	Address RateConfig `config:"address"`
}

// RateConfig says how often one client may ask.
type RateConfig struct {
	Rate  float64 `config:"rate" usage:"most requests a second in the long run, by one user or from one address (of IPv6: one /64); 0 for no limit"`
	Burst int     `config:"burst" usage:"most requests at once after a pause"`
}

// StaleConfig says how much of what was read is kept.
type StaleConfig struct {
	Bytes int64 `config:"bytes" usage:"memory for the last known answers, which are given again while nothing has changed, and for up to 5 minutes while a service is out of reach; 0 for none"`
}

func defaultUpstream() UpstreamConfig {
	return UpstreamConfig{CallConfig: process.DefaultCalls(), HashAttemptTimeout: 1200 * time.Millisecond}
}

func defaultLimits() LimitConfig {
	return LimitConfig{
		Config:  loadshed.Config{Concurrent: 128, Queue: 128, Wait: 100 * time.Millisecond},
		Hashing: 24, // one less than may wait for each core of a user instance: what it would turn away is turned away here, which costs a tenth
		User:    RateConfig{Rate: 200, Burst: 1000},
		Address: RateConfig{Rate: 500, Burst: 2000},
	}
}

// Validate names the keys that are wrong.
func (c LimitConfig) Validate() error {
	if c.Hashing < 0 {
		return config.Invalid("hashing", "must not be negative")
	}
	return nil
}

// Validate names the keys that are wrong.
func (c RateConfig) Validate() error {
	switch {
	case c.Rate < 0:
		return config.Invalid("rate", "must not be negative")
	case c.Rate > 0 && c.Burst < 1:
		return config.Invalid("burst", "must be at least 1")
	}
	return nil
}

// Validate names the keys that are wrong.
func (c StaleConfig) Validate() error {
	if c.Bytes < 0 {
		return config.Invalid("bytes", "must not be negative")
	}
	return nil
}

// limits are what the configuration means to the gateway.
func (c Config) limits(reg prometheus.Registerer) gateway.Limits {
	hashing := loadshed.Options{ // a flood that waits for its refusals floods less
		Name: "hashing", Concurrent: c.Limit.Hashing, Queue: c.Limit.Queue, Wait: c.Limit.Wait, Registerer: reg,
		Share: c.Limit.Hashing / 2, // many people may sign in from behind one router
	}
	registering := hashing
	registering.Name, registering.Concurrent, registering.Share = "registering", (c.Limit.Hashing+3)/4, 0
	return gateway.Limits{
		Limiters: gateway.Limiters{
			Users:       c.Limit.Limiter("users", reg),
			Tasks:       c.Limit.Limiter("tasks", reg),
			Scans:       c.Limit.Scans("scans", reg),
			Hashing:     loadshed.New(hashing),
			Registering: loadshed.New(registering),
		},
		User:       ratelimit.Rate{PerSecond: c.Limit.User.Rate, Burst: c.Limit.User.Burst},
		Address:    ratelimit.Rate{PerSecond: c.Limit.Address.Rate, Burst: c.Limit.Address.Burst},
		Timeout:    c.Upstream.Timeout,
		StaleBytes: c.Stale.Bytes,
	}
}
