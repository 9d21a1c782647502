package process

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"todokit/pkg/balancer"
	"todokit/pkg/config"
	"todokit/pkg/health"
	"todokit/pkg/registry"
	"todokit/pkg/rpc"
	"todokit/pkg/tlsconfig"
)

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

// Upstream is a service that is called.
type Upstream struct {
	Name string // in the registry: "task"
	GRPC string // the full name of its gRPC service: "task.v1.TaskService"
}

// serviceMark stands for the name of the called service in grpc.tls.server_name.
const serviceMark = "{service}"

// Conn returns a connection to all instances of a service. change sets the
// options that are particular to the service.
func (c CallConfig) Conn(env Env, tls tlsconfig.Config, client *registry.Client, service Upstream, change ...func(*balancer.Options)) (*balancer.Conn, error) {
	tls.ServerName = strings.ReplaceAll(tls.ServerName, serviceMark, service.Name)
	creds, err := tls.ClientCredentials()
	if err != nil {
		return nil, fmt.Errorf("grpc.%w", err)
	}
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	instancer, err := registry.NewInstancer(client, service.Name)
	if err != nil {
		return nil, err
	}
	options := balancer.Options{
		Instancer: instancer, Service: service.Name, GRPCService: service.GRPC, Caller: env.Name,
		Dial:        append(rpc.DialOptions(), grpc.WithTransportCredentials(creds)),
		FromService: rpc.FromService, MarkRepeat: rpc.MarkRepeat,
		Attempts: c.Attempts, AttemptTimeout: c.AttemptTimeout,
		Logger: env.Logger, Registerer: env.Registry,
	}
	for _, f := range change {
		f(&options)
	}
	conn := balancer.NewConn(options)
	known := func() bool { return len(conn.Instances()) > 0 }
	env.Health.Add(service.Name+" service", health.Condition(known, "no instance is known"))
	return conn, nil
}
