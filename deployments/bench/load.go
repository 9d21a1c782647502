package main

import (
	"context"
	_ "embed" // for the script
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// figures are what a load generator has seen.
type figures struct {
	Requests     int64 `json:"requests"`
	Microseconds int64 `json:"microseconds"`
	P50          int64 `json:"p50"` // microseconds
	P99          int64 `json:"p99"`
	Errors       int64 `json:"errors"` // responses of 400 and above, and requests without a response
}

// A generator sends requests of a workload to a side for a time, and returns
// the processor time that it has taken, too.
type generator func(ctx context.Context, s *side, w workload, d time.Duration) (figures, time.Duration, error)

//go:embed load.lua
var script []byte

// wrk sends as fast as it is answered (a closed loop).
func (b *bench) wrk(ctx context.Context, s *side, w workload, d time.Duration) (f figures, took time.Duration, err error) {
	var plan strings.Builder
	for _, q := range w.plan(s.data) {
		fmt.Fprintf(&plan, "%s\t%s\t%s\t%s\n", q.method, q.path, q.token, q.body)
	}
	planFile, scriptFile := b.env.file("plan"), b.env.file("load.lua")
	if err = errors.Join(os.WriteFile(planFile, []byte(plan.String()), 0o600), os.WriteFile(scriptFile, script, 0o600)); err != nil {
		return f, 0, err
	}
	connections := b.Connections
	if w.connections > 0 {
		connections = max(b.Threads, min(connections, w.connections))
	}
	ctx, cancel := context.WithTimeout(ctx, d+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wrk", fmt.Sprint("--threads=", b.Threads), fmt.Sprint("--connections=", connections), //nolint:gosec // our own arguments
		fmt.Sprintf("--duration=%.0fs", d.Seconds()), "--latency", "--script="+scriptFile, s.gateways[0], "--", planFile, fmt.Sprint(b.Threads))
	cmd.Env = append(os.Environ(), "BENCH_GATEWAYS="+strings.Join(s.gateways[:max(1, w.gateways)], " "))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return f, 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	f, err = parseFigures(string(out))
	return f, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}

// parseFigures finds the line that the script printed.
func parseFigures(out string) (f figures, err error) {
	_, after, _ := strings.Cut(out, "bench: ")
	line, _, _ := strings.Cut(after, "\n")
	if err = json.Unmarshal([]byte(line), &f); err == nil && (f.Requests <= 0 || f.Microseconds <= 0) {
		err = errors.New("no responses")
	}
	if err != nil {
		return f, fmt.Errorf("figures of wrk: %w in:\n%s", err, out)
	}
	return f, nil
}

// steady returns a generator that sends so many requests a second, whatever becomes of them (an
// open loop); a request's time counts from when it was due. k6 1.8.1 would do the same for 460 µs
// of processor a request where this takes 118: of two cores, at 2,200 requests/s, a whole one.
func steady(rate float64) generator {
	return func(ctx context.Context, s *side, w workload, d time.Duration) (f figures, took time.Duration, err error) {
		self := &process{pid: os.Getpid()}
		before, _, err := self.use()
		if err != nil {
			return f, 0, err
		}
		f = sendSteadily(ctx, s.gateways[0], w.plan(s.data), rate, d)
		after, _, err := self.use()
		return f, after - before, errors.Join(err, ctx.Err())
	}
}

func sendSteadily(ctx context.Context, base string, plan []request, rate float64, d time.Duration) figures {
	transport := &http.Transport{MaxConnsPerHost: 256, MaxIdleConnsPerHost: 256} // who finds all busy waits, which counts
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	times := make([]time.Duration, max(1, int(rate*d.Seconds())))
	var failed atomic.Int64
	var sending sync.WaitGroup
	begin := time.Now()
	for n := range times {
		due := begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
		}
		sending.Go(func() {
			if r, err := plan[n%len(plan)].send(ctx, client, base); err != nil || r.status >= http.StatusBadRequest {
				failed.Add(1)
			}
			times[n] = time.Since(due)
		})
	}
	sending.Wait()
	slices.Sort(times)
	return figures{
		Requests: int64(len(times)), Microseconds: d.Microseconds(), Errors: failed.Load(),
		P50: times[len(times)/2].Microseconds(), P99: times[len(times)*99/100].Microseconds(),
	}
}
