package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// mechanism is something that makes todokit faster.
type mechanism struct {
	Name    string
	Process string // whose flag it is; empty: it is a variable of all processes
	Switch  string // what turns it off
}

func mechanisms() []mechanism {
	return []mechanism{
		{"call batching", "gateway", "--batch.calls=false"},
		{"group commit", "task", "--batch.writes=false"},
		{"task cache", "task", "--cache.bytes=0"},
		{"stale cache", "gateway", "--stale.bytes=0"},
		{"GC ballast", "", "GOGC=100"},
	}
}

// withAndWithout are the workloads, of those asked for, that are measured with
// the mechanism and without it.
func (o options) withAndWithout(m mechanism) (some []workload) {
	for _, w := range append(workloads(), workload{name: fmt.Sprintf("mix, %d gateways", o.Gateways), request: mix, gateways: o.Gateways}) {
		if o.rows.MatchString(w.name) && w.name != heavyName && w.name != signInName && w.gateways != 1 {
			w.off = m
			some = append(some, w)
		}
	}
	return some
}

// without is b with one mechanism turned off.
func (b build) without(m mechanism) build {
	if m.Process == "" {
		b.env = append(slices.Clone(b.env), m.Switch)
		return b
	}
	b.flags = maps.Clone(b.flags)
	b.flags[m.Process] = append(slices.Clone(b.flags[m.Process]), m.Switch)
	return b
}

// switchOff measures todokit as it is beside the same without each mechanism in
// turn, over the databases of a side, whose tokens are good everywhere.
func (b *bench) switchOff(ctx context.Context, e engine, s *side, all []mechanism) error {
	start := func(ctx context.Context, name string, what build) (*side, error) {
		started, err := e.start(ctx, what, s.databases)
		if err == nil {
			started.name, started.data, started.processes = name, s.data, append(started.processes, e.servers...)
		}
		return started, err
	}
	what := build{bin: b.bin, flags: b.flags, gateways: b.Gateways}
	for _, m := range all {
		say("starting todokit with and without %s …", m.Name)
		ctx, stop := context.WithCancel(ctx)
		with, err := start(ctx, "with", what)
		without, errWithout := start(ctx, "without", what.without(m))
		err = errors.Join(err, errWithout)
		for _, w := range b.withAndWithout(m) {
			if err == nil {
				err = b.measure(ctx, e, w, b.wrk, []*side{with, without})
			}
		}
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}
