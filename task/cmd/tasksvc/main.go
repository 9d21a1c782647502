// Command tasksvc is the task service of todokit: to-do lists and tasks.
// It keeps its data in MySQL or SQLite, registers in etcd and serves gRPC.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones must be known on a machine that has no files of them

	"github.com/oklog/run"

	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/task/taskapp"
)

var program = config.Program{
	Name: "tasksvc",
	Doc:  "The task service of todokit: to-do lists and tasks. It keeps its data in MySQL or SQLite, registers in etcd and serves gRPC.",
}

type settings struct {
	process.Config
	Etcd    process.EtcdConfig `config:"etcd"`
	Service taskapp.Config
}

// Validate names the keys that are missing.
func (s *settings) Validate() error { return s.Service.Database.Required() }

func main() { process.Exit(execute(context.Background(), os.Args[1:])) }

func execute(ctx context.Context, args []string) error {
	s := &settings{Config: process.DefaultConfig("127.0.0.1:9102"), Etcd: process.DefaultEtcd(), Service: taskapp.DefaultConfig()}
	return process.Command(ctx, args, program, s, func(g *run.Group, env process.Env) error {
		return process.AddWithRegistry(g, env, s.Etcd, func(client *registry.Client) error {
			return taskapp.Add(g, env, client, s.Service, process.DefaultNotice)
		})
	})
}
