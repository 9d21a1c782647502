package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// reading is one measurement of one side.
type reading struct {
	side string
	figures
	cpu      map[string]float64 // microseconds per request, by the name of the process
	resident map[string]int64   // bytes at the end
}

// result is what became of a workload: a round has a reading of each side.
type result struct {
	database, name string
	rounds         []map[string]reading // by the side
}

// bench is what measurements are made with.
type bench struct {
	options
	house *house
	wrk   *wrk
}

// measure loads both sides in turns.
func (b *bench) measure(ctx context.Context, p *pair, w workload) (result, error) {
	res := result{database: p.database, name: w.name}
	plan := w.plan(p.crowd, newRandom(w.name).Rand)
	sides := []target{p.todokit, p.bare}
	if w.alone {
		sides = sides[:1]
	}
	for n := range b.rounds {
		round := map[string]reading{}
		for _, side := range sides {
			r, err := b.read(ctx, p, side, plan)
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
func (b *bench) read(ctx context.Context, p *pair, side target, plan []request) (reading, error) {
	r := reading{side: side.name, cpu: map[string]float64{}, resident: map[string]int64{}}
	file := b.house.file("plan")
	if err := p.crowd.refresh(ctx, p.todokit.base, b.warmup+b.duration+time.Minute); err != nil {
		return r, err
	}
	if err := writePlan(file, plan); err != nil {
		return r, err
	}
	if _, _, err := b.wrk.run(ctx, side.base, file, b.warmup); err != nil {
		return r, err
	}
	at, err := startMeter(p.processes(side))
	if err != nil {
		return r, err
	}
	f, own, err := b.wrk.run(ctx, side.base, file, b.duration)
	if err != nil {
		return r, err
	}
	r.figures = f
	r.cpu["wrk"] = perRequest(own, f.Requests)
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

// median of an even number is the mean of the two in the middle.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// of returns the median over the rounds of something of one side.
func (r result) of(side string, value func(reading) float64) float64 {
	var all []float64
	for _, round := range r.rounds {
		if one, ok := round[side]; ok {
			all = append(all, value(one))
		}
	}
	return median(all)
}

// ratio returns the median over the rounds of something of todokit, divided by
// the same of the bare handler in the same round.
func (r result) ratio(value func(reading) float64) float64 {
	var all []float64
	for _, round := range r.rounds {
		if by := value(round["bare"]); by > 0 {
			all = append(all, value(round["todokit"])/by)
		}
	}
	return median(all)
}

// against returns the same for todokit alone, between two workloads.
func (r result) against(other result) float64 {
	var all []float64
	for i := range min(len(r.rounds), len(other.rounds)) {
		if by := other.rounds[i]["todokit"].rate(); by > 0 {
			all = append(all, r.rounds[i]["todokit"].rate()/by)
		}
	}
	return median(all)
}

// failed is how many requests were not answered as they should be.
func (r result) failed() (n int64) {
	for _, round := range r.rounds {
		for _, one := range round {
			n += one.figures.failed()
		}
	}
	return n
}
