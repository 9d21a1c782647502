package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/go-kit/log/level"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"todokit/pkg/balancer"
	"todokit/pkg/config"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/pkg/registry"
	"todokit/pkg/rpc"
)

// EtcdConfig says where the registry is.
type EtcdConfig struct {
	Endpoints []string      `config:"endpoints" usage:"where etcd listens: host:port, http(s)://… or unix:///path"`
	Username  string        `config:"username" usage:"etcd user; empty: no authentication"`
	Password  config.Secret `config:"password" usage:"etcd password" least:"8"`
	TTL       time.Duration `config:"ttl" usage:"how long this process stays registered after it has died, in whole seconds"`
	TLS       TLSConfig     `config:"tls"`
}

// DefaultEtcd is an etcd on this machine.
func DefaultEtcd() EtcdConfig {
	return EtcdConfig{Endpoints: []string{"127.0.0.1:2379"}, TTL: 5 * time.Second}
}

// Validate names the keys that are wrong.
func (c EtcdConfig) Validate() error {
	switch {
	case c.TTL < time.Second || c.TTL%time.Second != 0:
		return config.Invalid("ttl", "%v is not a number of whole seconds", c.TTL)
	case c.Username != "" && c.Password.Empty():
		return config.Invalid("password", "is required with a username")
	case c.Username == "" && !c.Password.Empty():
		return config.Invalid("username", "is required with a password")
	}
	return nil
}

// Client returns a client of the registry, which need not be there yet.
func (c EtcdConfig) Client(env Env) (*registry.Client, error) {
	creds, err := c.TLS.ClientCredentials()
	if err != nil {
		return nil, fmt.Errorf("etcd.%w", err)
	}
	return registry.NewClient(registry.Config{
		Endpoints: c.Endpoints, Username: c.Username, Password: c.Password.Reveal(), Credentials: creds, TTL: c.TTL, Logger: env.Logger,
	})
}

// DatabaseConfig says where a service keeps what it knows.
type DatabaseConfig struct {
	URL     config.Secret `config:"url" usage:"mysql://user:password@host:3306/database, or sqlite:path"`
	MaxOpen int           `config:"max_open" usage:"most open connections"`
	TLS     TLSConfig     `config:"tls"`
}

// Validate names the keys that are wrong.
func (c DatabaseConfig) Validate() error {
	if c.MaxOpen < 1 {
		return config.Invalid("max_open", "must be at least 1")
	}
	return nil
}

// Required says that the URL is missing, for a command that has no default.
func (c DatabaseConfig) Required() error {
	if c.URL.Empty() {
		return config.Invalid("database.url", "is required")
	}
	return nil
}

// Open opens a service's database and brings its tables up to date. It waits
// for a database that is away until ctx ends, and meanwhile, and from then on,
// the process's health tells.
func (c DatabaseConfig) Open(ctx context.Context, env Env, service string, migrations fs.FS) (*database.DB, error) {
	env.Health.Add("database", Waiting)
	t, err := c.TLS.Client()
	if err != nil {
		return nil, fmt.Errorf("database.%w", err)
	}
	db, err := database.Open(ctx, database.Options{
		URL: c.URL.Reveal(), TLS: t, MaxOpen: c.MaxOpen, Logger: env.Logger, Registerer: env.Registry,
	})
	if err != nil {
		return nil, fmt.Errorf("database.url: %w", err)
	}
	for {
		err = db.Migrate(ctx, service, migrations)
		if err == nil || errs.KindOf(err) != errs.Unavailable {
			break
		}
		_ = level.Warn(env.Logger).Log("msg", "migration was interrupted; trying again", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	env.Health.Add("database", db.Ping)
	return db, nil
}

// Conn returns a connection to all instances of a service. change adapts it to
// what is special about the service.
func (c TLSConfig) Conn(env Env, etcd *registry.Client, service string, calls CallConfig, change ...func(*balancer.Options)) (*balancer.Conn, error) {
	creds, err := c.ClientCredentials()
	if err != nil {
		return nil, fmt.Errorf("grpc.%w", err)
	}
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	instancer, err := registry.NewInstancer(etcd, service)
	if err != nil {
		return nil, err
	}
	options := balancer.Options{
		Instancer: instancer, Service: service, Caller: env.Name,
		Dial:        append(rpc.DialOptions(), grpc.WithTransportCredentials(creds)),
		FromService: rpc.FromService, MarkRepeat: rpc.MarkRepeat,
		Attempts: calls.Attempts, AttemptTimeout: calls.AttemptTimeout,
		Logger: env.Logger, Registerer: env.Registry,
	}
	for _, f := range change {
		f(&options)
	}
	conn := balancer.NewConn(options)
	known := func() bool { return len(conn.Instances()) > 0 }
	env.Health.Add(service+" service", Condition(known, "no instance is known"))
	return conn, nil
}

// CallConfig bounds the calls to other services.
type CallConfig struct {
	Timeout        time.Duration `config:"timeout" usage:"longest time for a request, all attempts included"`
	AttemptTimeout time.Duration `config:"attempt_timeout" usage:"longest time for one attempt at one instance"`
	Attempts       int           `config:"attempts" usage:"most attempts that may reach an instance"`
}

// DefaultCalls are right on a local network.
func DefaultCalls() CallConfig {
	return CallConfig{Timeout: 2 * time.Second, AttemptTimeout: 600 * time.Millisecond, Attempts: 3}
}

// Validate names the keys that are wrong.
func (c CallConfig) Validate() error {
	switch {
	case c.Timeout <= 0:
		return config.Invalid("timeout", "must be more than nothing")
	case c.AttemptTimeout <= 0 || c.AttemptTimeout > c.Timeout:
		return config.Invalid("attempt_timeout", "must be more than nothing and at most the timeout")
	case c.Attempts < 1:
		return config.Invalid("attempts", "must be at least 1")
	}
	return nil
}
