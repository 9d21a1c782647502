package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// bench is what measurements are made with.
type bench struct {
	options
	house  *house
	wrk    *wrk
	report *report
}

// measure loads both sides in turns.
func (b *bench) measure(ctx context.Context, p *pair, w workload, by loader) (result, error) {
	say("%s, %s …", w.name, p.database)
	res := result{database: p.database, name: w.name}
	plan := w.plan(p.crowd, newRandom(w.name).Rand)
	sides := []target{p.todokit, p.bare}
	if w.alone {
		sides = sides[:1]
	}
	for n := range b.rounds {
		round := map[string]reading{}
		for _, side := range sides {
			r, err := b.read(ctx, p, side, plan, by)
			if err != nil {
				return res, fmt.Errorf("%s, %s, round %d: %w", w.name, side.name, n+1, err)
			}
			round[side.name] = r
		}
		res.rounds = append(res.rounds, round)
	}
	return res, nil
}

// read loads one side: shortly to warm it up, and then to measure it.
func (b *bench) read(ctx context.Context, p *pair, side target, plan []request, by loader) (reading, error) {
	r := reading{side: side.name, cpu: map[string]float64{}, resident: map[string]int64{}}
	file := b.house.file("plan")
	if err := p.crowd.refresh(ctx, p.todokit.base, b.warmup+b.duration+time.Minute); err != nil {
		return r, err
	}
	if err := writePlan(file, plan); err != nil {
		return r, err
	}
	if _, _, err := load(ctx, by, side.base, file, b.warmup); err != nil {
		return r, err
	}
	at, err := startMeter(p.processes(side))
	if err != nil {
		return r, err
	}
	f, own, err := load(ctx, by, side.base, file, b.duration)
	if err != nil {
		return r, err
	}
	r.figures = f
	r.cpu[by.name()] = perRequest(own, f.Requests)
	return r, at.finish(&r)
}

// processes are those whose processor time a request of one side takes.
func (p *pair) processes(side target) []*process {
	all := slices.Clone(side.processes)
	if p.server != nil {
		all = append(all, p.server)
	}
	return all
}

// meter is where processes were before a measurement.
type meter struct {
	processes []*process
	before    []time.Duration
}

func startMeter(processes []*process) (meter, error) {
	m := meter{processes: processes}
	for _, p := range processes {
		taken, err := p.cpu()
		if err != nil {
			return m, err
		}
		m.before = append(m.before, taken)
		if err := p.emptyLog(); err != nil {
			return m, err
		}
	}
	return m, nil
}

// finish notes what the processes have taken since.
func (m meter) finish(r *reading) error {
	for i, p := range m.processes {
		if err := p.alive(); err != nil {
			return err
		}
		taken, err := p.cpu()
		if err != nil {
			return err
		}
		r.cpu[p.name] = perRequest(taken-m.before[i], r.Requests)
		if r.resident[p.name], err = p.resident(); err != nil {
			return err
		}
	}
	return nil
}

func perRequest(d time.Duration, requests int64) float64 {
	return float64(d.Microseconds()) / float64(max(1, requests))
}
