// Command standalone is the whole of todokit in one process that needs no other
// software: the three services as they are in production, which register in an
// embedded etcd and call each other over gRPC, both on Unix sockets, with SQLite
// files as databases. With a MySQL or an etcd configured, it uses that instead.
//
//	http://127.0.0.1:8080 ─ gateway ─┬─ user ─ data/user.db
//	                                 └─ task ─ data/task.db
//	             all three ─ etcd (embedded, emptied at each start)
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	_ "time/tzdata" // zones must be known on a machine that has no files of them

	"github.com/go-kit/log/level"
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
		if folder.warning != "" {
			_ = level.Warn(env.Logger).Log("msg", "data.dir", "warning", folder.warning)
		}
		if err := assemble(ctx, g, env, s, folder); err != nil {
			return errors.Join(err, folder.close())
		}
		process.AddClose(g, folder.close, env.Logger)
		return nil
	})
}

// assemble adds the gateway first, so that it stops first, and etcd last. Nobody
// else calls the two services, so they need no notice.
func assemble(ctx context.Context, g *run.Group, env process.Env, s *settings, folder *folder) error {
	if err := folder.checkDatabases(s.useFolder(folder)); err != nil {
		return fmt.Errorf("data.dir: %w", err)
	}
	server, err := startEtcd(ctx, env, s, folder)
	if err != nil {
		return err
	}
	for _, service := range []struct {
		name string
		add  func(process.Env, *registry.Client) error
	}{
		{"gateway", func(own process.Env, client *registry.Client) error {
			return gatewayapp.Add(g, own, client, s.Gateway, func(address string) { addReady(g, env, folder, address) })
		}},
		{taskapp.Name, func(own process.Env, client *registry.Client) error { return taskapp.Add(g, own, client, s.Task, 0) }},
		{userapp.Name, func(own process.Env, client *registry.Client) error { return userapp.Add(g, own, client, s.User, 0) }},
	} {
		own := env.For(service.name)
		err := process.AddWithRegistry(g, own, s.Etcd, func(client *registry.Client) error { return service.add(own, client) })
		if err != nil {
			return err
		}
	}
	if server != nil {
		addEtcd(g, server)
	}
	return nil
}
