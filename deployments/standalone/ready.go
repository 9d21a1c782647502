package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"

	"todokit/pkg/backoff"
	"todokit/pkg/process"
)

// readyPoll is the interval of the checks whether everything is ready.
const readyPoll = 20 * time.Millisecond

// addReady prints, once everything is ready, the address and what to try, and
// tells the folder.
func addReady(g *run.Group, env process.Env, f *folder, address string) {
	process.AddActor(g, func(ctx context.Context) error {
		ready := func() bool {
			ready, _ := env.Health.Ready(ctx)
			return ready
		}
		if backoff.Poll(ctx, readyPoll, ready) {
			if err := f.databasesReady(); err != nil {
				_ = level.Warn(env.Logger).Log("msg", "data.dir", "err", err)
			}
			fmt.Printf(welcome, "http://"+address)
		}
		<-ctx.Done()
		return nil
	})
}

const welcome = `
todokit is ready on %[1]s  (the API is explained on %[1]s/docs)

  curl %[1]s/api/v1/users    --json '{"user_name":"ada","password":"correct horse battery"}'
  curl %[1]s/api/v1/sessions --json '{"user_name":"ada","password":"correct horse battery"}'
  curl %[1]s/api/v1/tasks    --json '{"title":"Write a letter"}' -H 'Authorization: Bearer <access_token>'

Ctrl-C stops it; the data stay.

`
