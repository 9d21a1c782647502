package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// reading is one measurement of one side.
type reading struct {
	figures
	Usage     []usage
	Generator float64 // microseconds of processor that the load generator took per request
}

// usage is what a process took: microseconds of processor per request, and
// megabytes of memory at the end.
type usage struct {
	Process string
	CPU     float64
	MB      int64
}

// result is what became of a workload: a round has a reading of each side.
type result struct {
	Name, Database string
	Off            mechanism // of the second side; zero: none is off
	Sides          []string
	Rounds         []map[string]reading // by the side
}

// Value returns one of the figures by its name.
func (r reading) Value(name string) float64 {
	switch name {
	case "requests/s":
		return float64(r.Requests) / (float64(r.Microseconds) / 1e6)
	case "p50 ms":
		return float64(r.P50) / 1e3
	case "p99 ms":
		return float64(r.P99) / 1e3
	case "services µs": // gateways and task service, or the one process that is both
		return r.cpu("gateway", "task", "standalone")
	case "CPU µs": // of all servers, the database's included
		return r.cpu("")
	}
	panic("no figure is called " + name)
}

// cpu adds up the processes whose names begin so.
func (r reading) cpu(prefixes ...string) (sum float64) {
	for _, u := range r.Usage {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(u.Process, p) }) {
			sum += u.CPU
		}
	}
	return sum
}

func (r reading) perRequest(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(1, r.Requests))
}

// Has says whether a side took part.
func (r result) Has(side string) bool { return slices.Contains(r.Sides, side) }

// Median is that of a figure of one side in all rounds.
func (r result) Median(side, figure string) float64 {
	return r.median(func(round map[string]reading) float64 { return round[side].Value(figure) })
}

// Ratio is the median of what a figure of one side, divided by that of another, is in each round.
func (r result) Ratio(side, other, figure string) float64 {
	return r.median(func(round map[string]reading) float64 { return round[side].Value(figure) / round[other].Value(figure) })
}

// median of an even number is the mean of the two in the middle.
func (r result) median(value func(round map[string]reading) float64) float64 {
	all := make([]float64, len(r.Rounds))
	for i, round := range r.Rounds {
		all[i] = value(round)
	}
	slices.Sort(all)
	return (all[len(all)/2] + all[(len(all)-1)/2]) / 2
}

// lowestRate is that of the slowest side.
func (r result) lowestRate() float64 {
	lowest := math.Inf(1)
	for _, s := range r.Sides {
		lowest = min(lowest, r.Median(s, "requests/s"))
	}
	return lowest
}

// Number is that of a round, which has an index.
func (r result) Number(round int) int { return round + 1 }

// Against is the rate of todokit divided by that of another workload.
func (r result) Against(other *result) float64 {
	return r.Median(newName, "requests/s") / other.Median(newName, "requests/s")
}

// Latency is what both percentiles are.
func (r result) Latency(side string) string {
	return fmt.Sprintf("%.2f, %.2f", r.Median(side, "p50 ms"), r.Median(side, "p99 ms"))
}

// Compare has the cells of a table for one side beside another.
func (r result) Compare(side, other string) string {
	const rate, cpu = "requests/s", "services µs"
	return fmt.Sprintf("%.0f | %.0f | **%.2f** | %.0f | %.0f | **%.2f** | %s | %s",
		r.Median(side, rate), r.Median(other, rate), r.Ratio(side, other, rate),
		r.Median(side, cpu), r.Median(other, cpu), r.Ratio(side, other, cpu), r.Latency(side), r.Latency(other))
}

// Errors are those of all readings.
func (r result) Errors() (n int64) {
	for _, round := range r.Rounds {
		for _, one := range round {
			n += one.Errors
		}
	}
	return n
}
