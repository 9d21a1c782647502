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

//go:embed load.lua
var loadScript []byte

// figures are what wrk has seen.
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
}

// rate is in requests a second.
func (f figures) rate() float64 {
	if f.Microseconds == 0 {
		return 0
	}
	return float64(f.Requests) / (float64(f.Microseconds) / 1e6)
}

// failed is how many requests were not answered as they should be.
func (f figures) failed() int64 { return f.Refused + f.Connect + f.Read + f.Write + f.Timeout }

// wrk is the load generator.
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

// run sends the plan for a time. Returns how much processor time wrk took, too.
func (w *wrk) run(ctx context.Context, base, plan string, d time.Duration) (figures, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, d+patience)
	defer cancel()
	threads := strconv.Itoa(w.threads)
	cmd := exec.CommandContext(ctx, w.path, "--threads", threads, "--connections", strconv.Itoa(w.connections), //nolint:gosec // our own arguments
		"--duration", strconv.Itoa(max(1, int(d.Seconds())))+"s", "--latency", "--script", w.script, base, "--", plan, threads)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return figures{}, 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	f, err := parseFigures(string(out))
	return f, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}

// parseFigures finds the line that our script printed.
func parseFigures(out string) (figures, error) {
	var f figures
	_, after, ok := strings.Cut(out, "bench: ")
	if !ok {
		return f, fmt.Errorf("wrk printed no figures:\n%s", out)
	}
	text, _, _ := strings.Cut(after, "\n")
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return f, fmt.Errorf("figures of wrk: %w: %s", err, text)
	}
	if f.Requests <= 0 || f.Microseconds <= 0 {
		return f, errors.New("wrk got no answer at all")
	}
	return f, nil
}
