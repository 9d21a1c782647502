package main

import (
	"context"
	"time"

	"github.com/oklog/run"

	"todokit/pkg/process"
	"todokit/pkg/registry/embedded"
)

// etcdPatience bounds the start of the embedded etcd, which takes a fraction of
// a second.
const etcdPatience = 30 * time.Second

// startEtcd starts an etcd and makes it the one to use, unless another was given.
func startEtcd(ctx context.Context, env process.Env, s *settings, f *folder) (*embedded.Server, error) {
	if len(s.Etcd.Endpoints) > 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, etcdPatience)
	defer cancel()
	server, err := embedded.Start(ctx, f.sockets, embedded.Options{Logger: env.For("etcd").Logger})
	if err != nil {
		return nil, err
	}
	s.Etcd.Endpoints = []string{server.Endpoint()}
	return server, nil
}

// addEtcd ends the process if etcd ends by itself.
func addEtcd(g *run.Group, server *embedded.Server) {
	process.AddActor(g, func(ctx context.Context) error {
		select {
		case err := <-server.Failed():
			return err
		case <-ctx.Done():
			server.Close()
			return nil
		}
	})
}
