package process

import (
	"context"
	"time"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/registry"
)

// Presence is how an instance shows itself to the others.
type Presence struct {
	Etcd    *registry.Client
	Service string // "user"
	Address string // under which the others reach it
	// Notice is how long callers get to learn that the instance goes, before
	// it stops to take their calls.
	Notice time.Duration
}

// readyPoll is how often an instance that waits looks whether it is ready.
const readyPoll = 20 * time.Millisecond

// AddPresence adds the registration of an instance, which begins when ready
// says so. It has to be added before the server: an instance first leaves the
// registry, and stops when callers have noticed.
func AddPresence(g *run.Group, env Env, p Presence, ready func() bool) {
	env.Health.Add("registration", Waiting)
	AddActor(g, func(ctx context.Context) error {
		if !await(ctx, ready) {
			return nil
		}
		instance := ulid.Make().String()
		r, err := registry.Register(p.Etcd, p.Service, instance, p.Address)
		if err != nil {
			return err
		}
		env.Health.Add("registration", func(context.Context) error {
			if r.Registered() {
				return nil
			}
			return r.Err()
		})
		<-ctx.Done()
		r.Deregister()
		_ = level.Info(env.Logger).Log("msg", "left the registry", "instance", instance)
		<-time.After(p.Notice) // not cut short by ctx: it has ended
		return nil
	})
}

// await waits until ready says so, or ctx ends.
func await(ctx context.Context, ready func() bool) bool {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for !ready() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
