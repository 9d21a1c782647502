// Package userapp puts the user service together, for its own command and for
// the standalone program alike.
//
//	gRPC ─ usertransport ─ userendpoint ─ user.Service ─ userstore ─ database
//	   │                                      └ userauth: hashes, keys
//	   └ trust stream ◀─ user.TrustLog ◀─ userstore
package userapp

import (
	"context"
	"time"

	"github.com/oklog/run"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/health"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/pkg/rpc"
	"todokit/user/userstore"
	"todokit/user/usertransport"
)

// Name is what the service is called in the registry.
const Name = "user"

// Config is what the service can be told.
type Config struct {
	GRPC         process.GRPCConfig     `config:"grpc"`
	Database     process.DatabaseConfig `config:"database"`
	Registration RegistrationConfig     `config:"registration"`
	Session      SessionConfig          `config:"session"`
	Limit        LimitConfig            `config:"limit"`
}

// DefaultConfig returns the defaults. A database has to be named.
func DefaultConfig() Config {
	return Config{
		GRPC:         process.GRPCConfig{Addr: "127.0.0.1:9001"},
		Database:     process.DatabaseConfig{MaxOpen: 32},
		Registration: defaultRegistration(),
		Session:      SessionConfig{PerAccount: 100},
		Limit:        defaultLimits(),
	}
}

// Add adds the service to a process. It waits, unready, for its database and
// then registers; notice is how long its callers get to learn that it goes.
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
	env.Health.Add("signing key", health.Waiting)
	env.Health.Add("registration", health.Waiting)
	process.AddGroup(g, func(ctx context.Context, g *run.Group) error {
		db, err := cfg.Database.Open(ctx, env, Name, userstore.Migrations())
		if err != nil {
			return err
		}
		store := userstore.New(db)
		if err := foldNames(ctx, store, env.Logger); err != nil {
			return err
		}
		s := newService(env, store, cfg)
		server := rpc.NewServer(rpc.ServerOptions{
			Limiter: cfg.Limit.limiters(env.Registry),
			Logger:  env.Logger, Registerer: env.Registry, Verifier: s.verifier, Extra: creds,
			Public: usertransport.Public(), Scopes: usertransport.Scopes(), Revoking: usertransport.Ending(),
			Services: []rpc.Service{
				{Desc: &userv1.UserService_ServiceDesc, Impl: usertransport.NewServer(s.set)},
				{Desc: &userv1.TrustService_ServiceDesc, Impl: s.trustServer},
			},
		})

		registration := process.Registration{Registry: etcd, Service: Name, Address: address, Notice: notice}
		calls := process.NewGRPC(listener, server, s.keyring.Ready, env.Logger)
		process.AddRegistration(g, env, registration, calls.Serving)
		process.AddClose(g, func() error { s.trustServer.Close(); return nil }, env.Logger)
		calls.Add(g)
		s.addWorkers(g, env)
		process.AddClose(g, db.Close, env.Logger)
		return nil
	})
	return nil
}
