// Package gatewayapp puts the gateway together, for its own command and for the
// standalone program alike.
//
//	HTTP ─ gateway ─ endpoint set ─ transport client ─ balancer.Conn ─▶ instances
//	          └ token.Verifier ─ token.Trust ◀─ follower ◀─ user service
package gatewayapp

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/oklog/run"

	"todokit/gateway"
	"todokit/pkg/health"
	"todokit/pkg/middleware"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/pkg/tlsconfig"
	"todokit/pkg/token"
	"todokit/task/tasktransport"
	"todokit/user/usertransport"
)

// The names of the services behind the gateway.
const (
	userService = "user"
	taskService = "task"
)

// Config is what the gateway can be told.
type Config struct {
	HTTP     HTTPConfig     `config:"http"`
	GRPC     GRPCConfig     `config:"grpc"`
	Upstream UpstreamConfig `config:"upstream"`
	Limit    LimitConfig    `config:"limit"`
	Stale    StaleConfig    `config:"stale"`
	Batch    BatchConfig    `config:"batch"`
}

// GRPCConfig says how the services are reached.
type GRPCConfig struct {
	TLS tlsconfig.Config `config:"tls"`
}

// BatchConfig says what is sent together.
type BatchConfig struct {
	Calls bool `config:"calls" usage:"send small calls that are made at the same time together; off only to measure what it saves"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{HTTP: defaultHTTP(), Upstream: defaultUpstream(), Limit: defaultLimits(), Stale: StaleConfig{Bytes: 8 << 20}, Batch: BatchConfig{Calls: true}}
}

// Add adds the gateway to a process. It listens at once, and is ready when it
// has had news of the user service and knows instances of both services.
// listening is called with the address.
func Add(g *run.Group, env process.Env, etcd *registry.Client, cfg Config, listening func(address string)) error {
	tlsConfig, err := cfg.HTTP.TLS.Server()
	if err != nil {
		return fmt.Errorf("http.%w", err)
	}
	users, err := cfg.Upstream.Conn(env, cfg.GRPC.TLS, etcd, process.Upstream{Name: userService, GRPC: usertransport.ServiceName}, cfg.Upstream.attemptTimeouts)
	if err != nil {
		return err
	}
	tasks, err := cfg.Upstream.Conn(env, cfg.GRPC.TLS, etcd, process.Upstream{Name: taskService, GRPC: tasktransport.ServiceName})
	if err != nil {
		return err
	}
	listener, err := process.Listen(cfg.HTTP.Addr)
	if err != nil {
		return fmt.Errorf("http.addr: %w", err)
	}
	trust := token.NewTrust(time.Now)
	follower := usertransport.Follow(usertransport.FollowerOptions{Conn: users, Trust: trust, Logger: env.Logger})
	env.Health.Add("trust log", health.Condition(follower.Ready, "no news of the user service yet"))

	handler, err := cfg.HTTP.around(gateway.New(gateway.Options{
		Users:    usertransport.NewClient(users, calling(env, userService, cfg.Upstream.CallConfig)),
		Tasks:    tasktransport.NewClient(tasks, calling(env, taskService, cfg.Upstream.CallConfig), tasktransport.Options{Batch: cfg.Batch.Calls}),
		Verifier: token.NewVerifier(trust, time.Now, follower.UnknownKeys()),
		Keys:     trust.Keys,
		Ready:    health.NewRecent(env.Health, time.Now).Ready,
		Logger:   env.Logger, Registerer: env.Registry, Now: time.Now, Entropy: rand.Reader,
		Limits: cfg.limits(env.Registry),
	}))
	if err != nil {
		return fmt.Errorf("http.trusted_proxies: %w", err)
	}
	process.AddHTTP(g, process.HTTPServer{
		Name: "http", Listener: listener, TLS: tlsConfig, Handler: handler, Timeouts: cfg.HTTP.Timeouts, Notice: cfg.HTTP.Notice, Logger: env.Logger,
		Connections: cfg.HTTP.connections(env.Registry),
	})
	process.AddClose(g, func() error {
		follower.Close()
		users.Close()
		tasks.Close()
		return nil
	}, env.Logger)
	listening(listener.Addr().String())
	return nil
}

// calling is what surrounds each method of a service that the gateway calls.
func calling(env process.Env, service string, calls process.CallConfig) middleware.Factory {
	return middleware.Chain(
		middleware.Metrics(env.Registry, middleware.Client, service),
		middleware.Timeout(calls.Timeout),
	)
}
