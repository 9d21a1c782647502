// Command gatewaysvc is the gateway of todokit: its REST interface. It finds
// the user and the task service through etcd and calls them over gRPC.
package main

import (
	"context"
	"os"

	"github.com/oklog/run"

	"todokit/gateway/gatewayapp"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/registry"
)

var program = config.Program{
	Name: "gatewaysvc",
	Doc:  "The gateway of todokit: its REST interface. It finds the user and the task service through etcd and calls them over gRPC.",
}

type settings struct {
	process.Config
	Etcd    process.EtcdConfig `config:"etcd"`
	Gateway gatewayapp.Config
}

func main() { process.Exit(execute(context.Background(), os.Args[1:])) }

func execute(ctx context.Context, args []string) error {
	s := &settings{Config: process.DefaultConfig("127.0.0.1:8081"), Etcd: process.DefaultEtcd(), Gateway: gatewayapp.DefaultConfig()}
	return process.Command(ctx, args, program, s, func(g *run.Group, env process.Env) error {
		return process.AddWithRegistry(g, env, s.Etcd, func(client *registry.Client) error {
			return gatewayapp.Add(g, env, client, s.Gateway, func(string) {})
		})
	})
}
