package main

import (
	"context"
	_ "embed" // for the script
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// loader sends the requests of a plan's file for a time.
type loader interface {
	name() string // of its process
	command(base, plan string, d time.Duration) (path string, args []string)
}

// figures are what a loader has seen.
type figures struct {
	Requests     int64 `json:"requests"`
	Microseconds int64 `json:"microseconds"`
	P50          int64 `json:"p50"` // microseconds
	P99          int64 `json:"p99"`
	Refused      int64 `json:"refused"` // answers of 400 and above
	Connect      int64 `json:"connect"`
	Read         int64 `json:"read"`
	Write        int64 `json:"write"`
	Timeout      int64 `json:"timeout"`
	Late         int64 `json:"late"` // of the steady load: by how many microseconds a request was sent too late
}

// figuresMark is before the figures in what a loader prints.
const figuresMark = "bench: "

// rate is in requests a second.
func (f figures) rate() float64 {
	if f.Microseconds == 0 {
		return 0
	}
	return float64(f.Requests) / (float64(f.Microseconds) / 1e6)
}

// failed is how many requests were not answered as they should be.
func (f figures) failed() int64 { return f.Refused + f.Connect + f.Read + f.Write + f.Timeout }

// load runs a loader. Returns how much processor time that took, too.
func load(ctx context.Context, l loader, base, plan string, d time.Duration) (figures, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, d+patience)
	defer cancel()
	path, args := l.command(base, plan, d)
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // our own arguments
	out, err := cmd.CombinedOutput()
	if err != nil {
		return figures{}, 0, fmt.Errorf("%s: %w\n%s", l.name(), err, out)
	}
	f, err := parseFigures(string(out))
	return f, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}

// parseFigures finds the line that a loader printed.
func parseFigures(out string) (figures, error) {
	var f figures
	_, after, ok := strings.Cut(out, figuresMark)
	if !ok {
		return f, fmt.Errorf("there are no figures in:\n%s", out)
	}
	text, _, _ := strings.Cut(after, "\n")
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return f, fmt.Errorf("figures: %w: %s", err, text)
	}
	if f.Requests <= 0 || f.Microseconds <= 0 {
		return f, errors.New("there was no answer at all")
	}
	return f, nil
}

//go:embed load.lua
var loadScript []byte

// wrk asks as fast as it is answered.
type wrk struct {
	path, script         string
	threads, connections int
}

func newWrk(h *house, threads, connections int) (*wrk, error) {
	path, err := tool("wrk")
	if err != nil {
		return nil, err
	}
	w := &wrk{path: path, script: h.file("load.lua"), threads: threads, connections: connections}
	return w, os.WriteFile(w.script, loadScript, 0o600)
}

// with returns the same with fewer connections, unless most is 0.
func (w *wrk) with(most int) *wrk {
	other := *w
	if most > 0 {
		other.connections = max(other.threads, min(other.connections, most))
	}
	return &other
}

func (*wrk) name() string { return "wrk" }

func (w *wrk) command(base, plan string, d time.Duration) (path string, args []string) {
	threads := strconv.Itoa(w.threads)
	return w.path, []string{
		"--threads", threads, "--connections", strconv.Itoa(w.connections),
		"--duration", strconv.Itoa(max(1, int(d.Seconds()))) + "s", "--latency", "--script", w.script, base, "--", plan, threads,
	}
}

// steady asks at a rate of its own; it is this program again.
type steady struct {
	self string
	rate float64
}

func newSteady(rate float64) (*steady, error) {
	self, err := os.Executable()
	return &steady{self: self, rate: rate}, err
}

func (*steady) name() string { return "paced" }

func (s *steady) command(base, plan string, d time.Duration) (path string, args []string) {
	return s.self, []string{
		"paced", "-address=" + strings.TrimPrefix(base, "http://"), "-plan=" + plan, "-duration=" + d.String(), fmt.Sprintf("-rate=%.1f", s.rate),
	}
}
