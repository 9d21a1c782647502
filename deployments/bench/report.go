package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// report collects what was measured.
type report struct {
	options options
	results []result
}

func newReport(_ context.Context, o options) (*report, error) { return &report{options: o}, nil }

// add keeps a result, and shows it.
func (rep *report) add(r result) {
	rep.results = append(rep.results, r)
	fmt.Printf("\n%s\n", r.table())
}

func (rep *report) write(name string) error {
	if name == "" {
		return nil
	}
	var text strings.Builder
	for _, r := range rep.results {
		text.WriteString(r.table() + "\n")
	}
	return os.WriteFile(name, []byte(text.String()), 0o644) //nolint:gosec // it is for everyone
}

// table shows all readings of a result.
func (r result) table() string {
	processes := r.processes()
	var text strings.Builder
	fmt.Fprintf(&text, "### %s, %s\n\n| round | side | requests/s | p50 ms | p99 ms | errors |", r.name, r.database)
	for _, name := range processes {
		fmt.Fprintf(&text, " %s µs |", name)
	}
	text.WriteString(" resident MB |\n|" + strings.Repeat(" --- |", 7+len(processes)) + "\n")
	for i, round := range r.rounds {
		for _, side := range []string{"todokit", "bare"} {
			one, ok := round[side]
			if !ok {
				continue
			}
			fmt.Fprintf(&text, "| %d | %s | %.0f | %.2f | %.2f | %s |", i+1, side, one.rate(), float64(one.P50)/1000, float64(one.P99)/1000, flag0(one.failed()))
			for _, name := range processes {
				if v, ok := one.cpu[name]; ok {
					fmt.Fprintf(&text, " %.0f |", v)
				} else {
					text.WriteString(" |")
				}
			}
			fmt.Fprintf(&text, " %s |\n", one.memory())
		}
	}
	if ratio := r.ratio(reading.rate); ratio > 0 {
		fmt.Fprintf(&text, "\n**todokit / bare: %.2f** (median of the rounds)\n", ratio)
	}
	return text.String()
}

// flag0 makes errors hard to miss.
func flag0(n int64) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("**%d!**", n)
}

// processes are the names of all that worked, in the order of a request.
func (r result) processes() []string {
	var some []string
	for _, name := range []string{"gateway", "user", "task", "standalone", "bare", "mariadb", "wrk"} {
		if slices.ContainsFunc(r.rounds, func(round map[string]reading) bool {
			_, a := round["todokit"].cpu[name]
			_, b := round["bare"].cpu[name]
			return a || b
		}) {
			some = append(some, name)
		}
	}
	return some
}

// memory lists the resident memory of the processes.
func (r reading) memory() string {
	var some []string
	for _, name := range []string{"gateway", "user", "task", "standalone", "bare", "mariadb"} {
		if bytes, ok := r.resident[name]; ok {
			some = append(some, fmt.Sprintf("%s %.0f", name, float64(bytes)/1e6))
		}
	}
	return strings.Join(some, ", ")
}
