package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"
)

// The bounds of a steady load.
const (
	mostInWork = 256              // requests at a time
	mostDue    = 2000             // that wait for one of these to be answered
	longest    = 10 * time.Minute // in all
	slowest    = 10 * time.Second // answer
)

// pacer sends the requests of a plan at a steady rate, whatever becomes of
// them (an open loop): what is slow does not slow those that come after it, and
// a request's time counts from when it was due.
type pacer struct {
	wires    *wires
	plan     []line
	interval time.Duration
	duration time.Duration

	mu   sync.Mutex
	seen figures
	took []time.Duration
	late time.Duration // at most, behind when a request was due
}

// turn is a request that is due.
type turn struct {
	line
	due time.Time
}

// pace is the process that sends: "bench paced".
func pace(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("paced", flag.ContinueOnError)
	address := f.String("address", "", "where to send: host:port")
	file := f.String("plan", "", "file of the plan")
	rate := f.Float64("rate", 100, "requests a second")
	duration := f.Duration("duration", time.Second, "how long to send")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *rate <= 0 || *duration > longest {
		return errors.New("the rate must be above 0, and the duration 10 minutes at most")
	}
	in, err := os.Open(*file)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	defer func() { _ = in.Close() }()
	plan, err := readPlan(in)
	if err != nil {
		return err
	}
	p := &pacer{
		wires: &wires{address: *address}, plan: plan, interval: time.Duration(float64(time.Second) / *rate), duration: *duration,
	}
	text, err := json.Marshal(p.run(ctx))
	if err != nil {
		return err
	}
	fmt.Printf("%s%s\n", figuresMark, text)
	return ctx.Err()
}

// run sends for the duration, and returns what became of it.
func (p *pacer) run(ctx context.Context) figures {
	turns := make(chan turn, mostDue)
	var workers sync.WaitGroup
	for range mostInWork {
		workers.Go(func() {
			for t := range turns {
				p.take(ctx, t)
			}
		})
	}
	p.send(ctx, time.Now(), turns)
	close(turns)
	workers.Wait()
	p.wires.close()
	f := p.seen
	f.Microseconds = p.duration.Microseconds()
	f.P50, f.P99 = percentile(p.took, 50).Microseconds(), percentile(p.took, 99).Microseconds()
	f.Late = p.late.Microseconds()
	return f
}

// send hands out each turn when it is due. One that nobody can take any more
// has failed.
func (p *pacer) send(ctx context.Context, begin time.Time, turns chan<- turn) {
	runtime.LockOSThread() // which sleeps
	defer runtime.UnlockOSThread()
	for n := 0; ctx.Err() == nil; n++ {
		after := time.Duration(n) * p.interval
		if after >= p.duration {
			return
		}
		t := turn{p.plan[n%len(p.plan)], begin.Add(after)}
		rest(time.Until(t.due))
		late := time.Since(t.due)
		select {
		case turns <- t:
			p.note(func() { p.late = max(p.late, late) })
		default:
			p.note(func() { p.seen.Timeout++ })
		}
	}
}

// take sends one request.
func (p *pacer) take(ctx context.Context, t turn) {
	status, err := p.wires.ask(ctx, t.line)
	took := time.Since(t.due)
	p.note(func() {
		p.seen.Requests++
		p.took = append(p.took, took)
		switch {
		case err != nil:
			p.seen.Read++
		case status >= 400:
			p.seen.Refused++
		}
	})
}

func (p *pacer) note(what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what()
}

// percentile returns the time within which so many of a hundred were answered.
func percentile(all []time.Duration, n int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*n/100, len(sorted)-1)]
}
