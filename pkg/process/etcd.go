package process

import (
	"fmt"
	"time"

	"github.com/oklog/run"

	"todokit/pkg/config"
	"todokit/pkg/registry"
	"todokit/pkg/tlsconfig"
)

// EtcdConfig says where the registry is.
type EtcdConfig struct {
	Endpoints []string         `config:"endpoints" usage:"where etcd listens: host:port, http(s)://… or unix:///path"`
	Username  string           `config:"username" usage:"etcd user; empty: no authentication"`
	Password  config.Secret    `config:"password" usage:"etcd password" least:"8"`
	TTL       time.Duration    `config:"ttl" usage:"how long this process stays registered after it has died, in whole seconds"`
	TLS       tlsconfig.Config `config:"tls"`
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

// AddWithRegistry adds what add does with a client of the registry, which is
// closed after that has stopped. etcd need not be there yet.
func AddWithRegistry(g *run.Group, env Env, c EtcdConfig, add func(*registry.Client) error) error {
	creds, err := c.TLS.ClientCredentials()
	if err != nil {
		return fmt.Errorf("etcd.%w", err)
	}
	client, err := registry.NewClient(registry.Config{
		Endpoints: c.Endpoints, Username: c.Username, Password: c.Password.Reveal(), Credentials: creds, TTL: c.TTL, Logger: env.Logger,
	})
	if err != nil {
		return err
	}
	if err := add(client); err != nil {
		client.Close()
		return err
	}
	AddStop(g, client.Close)
	return nil
}
