// Package taskapp puts the task service together, for its own command and for
// the standalone program alike.
//
//	gRPC ─ tasktransport ─ taskendpoint ─ task ─ taskcache ─ taskstore ─ database
//	   └ token.Verifier ─ token.Trust ◀─ follower ◀─ user service
//	                        deleted accounts ─▶ task.Erasures
package taskapp

import (
	"context"
	"time"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/config"
	"todokit/pkg/health"
	"todokit/pkg/loadshed"
	"todokit/pkg/middleware"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/taskcache"
	"todokit/task/taskendpoint"
	"todokit/task/taskstore"
	"todokit/task/tasktransport"
	"todokit/user/usertransport"
)

// Name is what the service is called in the registry; userService is where the
// trust log comes from.
const (
	Name        = "task"
	userService = "user"
)

// Config is what the service can be told.
type Config struct {
	GRPC     process.GRPCConfig     `config:"grpc"`
	Database process.DatabaseConfig `config:"database"`
	Cache    process.CacheConfig    `config:"cache"`
	Limit    LimitConfig            `config:"limit"`
	Erasure  ErasureConfig          `config:"erasure"`
	Batch    BatchConfig            `config:"batch"`
}

// BatchConfig says what is done together.
type BatchConfig struct {
	Writes bool `config:"writes" usage:"read and write what arrives together in one statement; off only to measure"`
}

// LimitConfig bounds what a user may have, and what an instance works on at a
// time.
type LimitConfig struct {
	loadshed.Config
	Tasks int64 `config:"tasks" usage:"most tasks a user may have, the trash included"`
	Lists int64 `config:"lists" usage:"most lists a user may have, the inbox included"`
}

// Validate names the keys that are wrong.
func (c LimitConfig) Validate() error {
	if c.Tasks < 1 {
		return config.Invalid("tasks", "must be at least 1")
	}
	if c.Lists < 1 {
		return config.Invalid("lists", "must be at least 1")
	}
	return nil
}

// limiters returns the limiter of each call. Pages that may take a look at all
// that a user has get places of their own, so that no other call waits for them.
func (c LimitConfig) limiters(reg prometheus.Registerer) func(method string, request any) *loadshed.Limiter {
	calls := c.LimiterWithShare("calls", c.Concurrent/2, reg) // so that what a gateway lets through need not wait here
	scans := c.Scans("scans", reg)
	return func(_ string, request any) *loadshed.Limiter {
		if tasktransport.Scans(request) {
			return scans
		}
		return calls
	}
}

// DefaultConfig returns the defaults. A database has to be named.
func DefaultConfig() Config {
	return Config{
		GRPC:     process.GRPCConfig{Addr: "127.0.0.1:9002"},
		Database: process.DatabaseConfig{MaxOpen: 32},
		Cache:    process.DefaultCache(),
		Limit: LimitConfig{
			Config: loadshed.Config{Concurrent: 64, Queue: 64, Wait: 100 * time.Millisecond},
			Tasks:  task.DefaultTaskLimit, Lists: task.DefaultListLimit,
		},
		Erasure: ErasureConfig{Wait: task.DefaultErasureWait},
		Batch:   BatchConfig{Writes: true},
	}
}

// Add adds the service to a process. It waits, unready, for its database and
// for the first news of the user service, and then registers; notice is how
// long its callers get to learn that it goes.
func Add(g *run.Group, env process.Env, etcd *registry.Client, cfg Config, notice time.Duration) error {
	creds, err := cfg.GRPC.ServerCredentials()
	if err != nil {
		return err
	}
	listener, address, err := cfg.GRPC.Listen()
	if err != nil {
		return err
	}
	process.WarnPlaintext(env.Logger, cfg.GRPC.TLS, address)
	env.Health.Add("database", health.Waiting)
	env.Health.Add("trust log", health.Waiting)
	env.Health.Add("registration", health.Waiting)
	users, err := process.DefaultCalls().Conn(env, cfg.GRPC.TLS, etcd, process.Upstream{Name: userService, GRPC: usertransport.ServiceName})
	if err != nil {
		return err
	}
	copies, err := process.NewCache(env, cfg.Cache, taskcache.Options())
	if err != nil {
		return err
	}
	process.AddGroup(g, func(ctx context.Context, g *run.Group) error {
		db, err := cfg.Database.Open(ctx, env, Name, taskstore.Migrations())
		if err != nil {
			return err
		}
		store := taskcache.New(taskstore.New(db, taskstore.Options{Batch: cfg.Batch.Writes}), copies)
		options := task.Options{TaskLimit: cfg.Limit.Tasks, ListLimit: cfg.Limit.Lists}
		housekeeping := task.NewHousekeeping(store, options)

		trust := token.NewTrust(time.Now)
		follower := usertransport.Follow(usertransport.FollowerOptions{Conn: users, Trust: trust, Logger: env.Logger})
		env.Health.Add("trust log", health.Condition(follower.Ready, "no news of the user service yet"))

		set := taskendpoint.New(task.NewService(store, options), middleware.Log(env.Logger))
		server := rpc.NewServer(rpc.ServerOptions{
			Limiter: cfg.Limit.limiters(env.Registry),
			Logger:  env.Logger, Registerer: env.Registry, Extra: creds,
			Verifier: token.NewVerifier(trust, time.Now, follower.UnknownKeys()), Scopes: tasktransport.Scopes(),
			Services: tasktransport.NewServer(set),
		})

		registration := process.Registration{Registry: etcd, Service: Name, Address: address, Notice: notice}
		calls := process.NewGRPC(listener, server, follower.Ready, env.Logger)
		process.AddRegistration(g, env, registration, calls.Serving)
		calls.Add(g)
		process.AddClose(g, func() error { follower.Close(); return nil }, env.Logger)
		addWorker(g, env, "the housekeeping", housekeeping.Run)
		addWorker(g, env, "the erasure of deleted accounts", newErasures(env, cfg.Erasure, store, usertransport.NewDeletions(users)).Run)
		process.AddClose(g, db.Close, env.Logger)
		return nil
	})
	process.AddClose(g, copies.Close, env.Logger)
	process.AddClose(g, func() error { users.Close(); return nil }, env.Logger)
	return nil
}

// addWorker adds what the instance does without being called.
func addWorker(g *run.Group, env process.Env, what string, work func(context.Context, func(error))) {
	process.AddActor(g, func(ctx context.Context) error {
		work(ctx, func(err error) {
			_ = level.Warn(env.Logger).Log("msg", "could not finish "+what+"; trying again later", "err", err)
		})
		return nil
	})
}
