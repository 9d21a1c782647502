// Command usersvc is the user service of todokit: accounts, sessions and the keys that every service trusts.
// It keeps its data in MySQL or SQLite, registers in etcd and serves gRPC.
package main

import (
	"context"
	"os"

	"github.com/oklog/run"

	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/user/userapp"
)

var program = config.Program{
	Name: "usersvc",
	Doc:  "The user service of todokit: accounts, sessions and the keys that every service trusts. It keeps its data in MySQL or SQLite, registers in etcd and serves gRPC.",
}

type settings struct {
	process.Config
	Etcd    process.EtcdConfig `config:"etcd"`
	Service userapp.Config
}

// Validate names the keys that are missing.
func (s *settings) Validate() error { return s.Service.Database.Required() }

func main() { process.Exit(execute(context.Background(), os.Args[1:])) }

func execute(ctx context.Context, args []string) error {
	s := &settings{Config: process.DefaultConfig("127.0.0.1:9101"), Etcd: process.DefaultEtcd(), Service: userapp.DefaultConfig()}
	return process.Command(ctx, args, program, s, func(g *run.Group, env process.Env) error {
		return process.AddWithRegistry(g, env, s.Etcd, func(client *registry.Client) error {
			return userapp.Add(g, env, client, s.Service, process.DefaultNotice)
		})
	})
}
