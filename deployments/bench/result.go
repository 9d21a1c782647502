package main

import "slices"

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
			n += one.failed()
		}
	}
	return n
}

// most is the highest of all readings.
func (r result) most(value func(reading) float64) (highest float64) {
	for _, round := range r.rounds {
		for _, one := range round {
			highest = max(highest, value(one))
		}
	}
	return highest
}

// compared says whether there are readings of the bare handler.
func (r result) compared() bool {
	return len(r.rounds) > 0 && r.rounds[0]["bare"].Requests > 0
}

// p99 is in microseconds.
func (r reading) p99() float64 { return float64(r.P99) }

// work is the processor time that all servers took for a request, in
// microseconds.
func (r reading) work() (sum float64) {
	for name, took := range r.cpu {
		if name != "wrk" && name != "paced" {
			sum += took
		}
	}
	return sum
}
