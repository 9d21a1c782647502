package main

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/run"

	"todokit/pkg/process"
)

// readyPoll is how often it is looked whether everything is up.
const readyPoll = 20 * time.Millisecond

// addWelcome tells, once everything is up, where it is and what to try.
func addWelcome(g *run.Group, env process.Env, address string) {
	process.AddActor(g, func(ctx context.Context) error {
		tick := time.NewTicker(readyPoll)
		defer tick.Stop()
		for {
			if ready, _ := env.Health.Ready(ctx); ready {
				fmt.Printf(welcome, "http://"+address)
				break
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
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
