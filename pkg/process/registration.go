package process

import (
	"context"
	"time"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/backoff"
	"todokit/pkg/health"
	"todokit/pkg/registry"
)

// DefaultNotice is long enough for callers to learn that an instance stops.
const DefaultNotice = 500 * time.Millisecond

// readyPoll is how often an instance that waits checks whether it is ready.
const readyPoll = 20 * time.Millisecond

// Registration is what an instance registers as.
type Registration struct {
	Registry *registry.Client
	Service  string // "user"
	Address  string // at which the others reach it
	// Notice is how long the instance goes on to take calls after it has
	// deregistered, until callers have learnt of that.
	Notice time.Duration
}

// AddRegistration registers an instance from when ready returns true. It has to
// be added before the server, so that the instance deregisters first.
func AddRegistration(g *run.Group, env Env, r Registration, ready func() bool) {
	env.Health.Add("registration", health.Waiting)
	AddActor(g, func(ctx context.Context) error {
		if !backoff.Poll(ctx, readyPoll, ready) {
			return nil
		}
		instance := ulid.Make().String()
		registered, err := registry.Register(r.Registry, r.Service, instance, r.Address)
		if err != nil {
			return err
		}
		env.Health.Add("registration", func(context.Context) error {
			if registered.Registered() {
				return nil
			}
			return registered.Err()
		})
		<-ctx.Done()
		registered.Deregister()
		_ = level.Info(env.Logger).Log("msg", "deregistered", "instance", instance)
		<-time.After(r.Notice) // not cut short by ctx: it has ended
		return nil
	})
}
