// Command standalone is the whole of todokit in one process that needs no
// other software: the three services as they are in production, registered in
// an embedded etcd and talking gRPC, both on Unix sockets, with SQLite files
// for databases. Give it a MySQL or an etcd, and it uses that instead.
//
//	http://127.0.0.1:8080 ─ gateway ─┬─ user ─ data/user.db
//	                                 └─ task ─ data/task.db
//	             all three ─ etcd (embedded, emptied at each start)
package main

import (
	"context"
	"fmt"
	"os"
	_ "time/tzdata" // zones must be known on a machine that has no files of them

	"github.com/oklog/run"

	"todokit/gateway/gatewayapp"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/registry"
	"todokit/task/taskapp"
	"todokit/user/userapp"
)

var program = config.Program{
	Name: "standalone",
	Doc:  "The whole of todokit in one process: the gateway, the user and the task service, an embedded etcd, and SQLite files in data.dir.",
}

func main() { process.Exit(execute(context.Background(), os.Args[1:])) }

func execute(ctx context.Context, args []string) error {
	s := defaults()
	return process.Command(ctx, args, program, s, func(g *run.Group, env process.Env) error {
		folder, err := openFolder(s.Data.Dir)
		if err != nil {
			return fmt.Errorf("data.dir: %w", err)
		}
		if err := assemble(ctx, g, env, s, folder); err != nil {
			return err
		}
		process.AddClose(g, folder.close, env.Logger)
		return nil
	})
}

// assemble adds the gateway first, so that it stops first, and the registry
// last. Nobody else calls these services, so they need not wait to be noticed
// as leaving.
func assemble(ctx context.Context, g *run.Group, env process.Env, s *settings, folder *folder) error {
	s.fillIn(folder)
	server, err := startEtcd(ctx, env, s, folder)
	if err != nil {
		return err
	}
	clients := map[string]*registry.Client{}
	for _, service := range []string{"gateway", taskapp.Name, userapp.Name} {
		if clients[service], err = s.Etcd.Client(env.For(service)); err != nil {
			return err
		}
	}
	if err := gatewayapp.Add(g, env.For("gateway"), clients["gateway"], s.Gateway, func(address string) { addWelcome(g, env, address) }); err != nil {
		return err
	}
	if err := taskapp.Add(g, env.For(taskapp.Name), clients[taskapp.Name], s.Task, 0); err != nil {
		return err
	}
	if err := userapp.Add(g, env.For(userapp.Name), clients[userapp.Name], s.User, 0); err != nil {
		return err
	}
	process.AddClose(g, func() error {
		for _, c := range clients {
			c.Close()
		}
		return nil
	}, env.Logger)
	if server != nil {
		addEtcd(g, server)
	}
	return nil
}
