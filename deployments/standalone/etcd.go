package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/oklog/run"

	"todokit/pkg/process"
	"todokit/pkg/registry/embedded"
)

// etcdStartTimeout bounds the start of the embedded etcd, which takes a fraction of
// a second.
const etcdStartTimeout = 30 * time.Second

// startEtcd starts an etcd and configures it, unless another is configured.
func startEtcd(ctx context.Context, env process.Env, s *settings, f *folder) (*embedded.Server, error) {
	if len(s.Etcd.Endpoints) > 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, etcdStartTimeout)
	defer cancel()
	server, err := embedded.Start(ctx, f.dir, embedded.Options{Socket: filepath.Join(f.sockets, "etcd.sock"), Logger: env.For("etcd").Logger})
	if err != nil {
		return nil, err
	}
	s.Etcd.Endpoints = []string{server.Endpoint()}
	return server, nil
}

// addEtcd stops the process if etcd ends by itself.
func addEtcd(g *run.Group, server *embedded.Server) {
	process.AddActor(g, func(ctx context.Context) error {
		if err := server.Wait(ctx); err != nil {
			return err
		}
		server.Close()
		return nil
	})
}
