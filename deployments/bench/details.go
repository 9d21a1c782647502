package main

import (
	"fmt"
	"slices"
	"strings"
)

// details shows all readings of a result.
func (r result) details() string {
	loaders, servers := r.processes("wrk", "paced"), r.processes("gateway", "user", "task", "standalone", "bare", "mariadb")
	processes := append(slices.Clone(servers), loaders...)
	var text strings.Builder
	fmt.Fprintf(&text, "### %s, %s\n\n", r.name, r.database)
	head := []string{"round", "side", "requests/s", "p50 ms", "p99 ms", "errors"}
	for _, name := range processes {
		head = append(head, name+" µs")
	}
	head = append(head, "resident MB")
	text.WriteString(row(head...) + row(slices.Repeat([]string{"---"}, len(head))...))
	for i, round := range r.rounds {
		for _, side := range []string{"todokit", "bare"} {
			one, ok := round[side]
			if !ok {
				continue
			}
			cells := []string{fmt.Sprint(i + 1), side, fmt.Sprintf("%.0f", one.rate()), ms(one.P50), ms(one.P99), warn(one.failed())}
			for _, name := range processes {
				cells = append(cells, one.took(name))
			}
			text.WriteString(row(append(cells, one.memory(servers))...))
		}
	}
	text.WriteString(r.remarks())
	return text.String()
}

// remarks are what a result says beyond its figures.
func (r result) remarks() string {
	var text strings.Builder
	if r.compared() && r.name != steadyName {
		fmt.Fprintf(&text, "\ntodokit / bare: **%.2f** of the requests/s, the median of the rounds.\n", r.ratio(reading.rate))
	}
	if r.name == steadyName {
		fmt.Fprintf(&text, "\ntodokit / bare: **%.2f** of the p99, the median of the rounds. No request was sent more than %s ms late.\n",
			r.ratio(reading.p99), ms(int64(r.most(func(one reading) float64 { return float64(one.Late) }))))
	}
	return text.String()
}

// processes returns those of the names that have a figure in a round.
func (r result) processes(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		for _, round := range r.rounds {
			for _, one := range round {
				if _, ok := one.cpu[name]; ok {
					return false
				}
			}
		}
		return true
	})
}

// took is the processor time of one process for one request.
func (r reading) took(process string) string {
	if v, ok := r.cpu[process]; ok {
		return fmt.Sprintf("%.0f", v)
	}
	return ""
}

// memory lists the resident memory of the processes.
func (r reading) memory(processes []string) string {
	var some []string
	for _, name := range processes {
		if bytes, ok := r.resident[name]; ok {
			some = append(some, fmt.Sprintf("%s %.0f", name, float64(bytes)/1e6))
		}
	}
	return strings.Join(some, ", ")
}

// latency is what both percentiles are, in milliseconds.
func (r result) latency(side string) string {
	p50 := r.of(side, func(one reading) float64 { return float64(one.P50) })
	return ms(int64(p50)) + ", " + ms(int64(r.of(side, reading.p99)))
}

func ms(microseconds int64) string { return fmt.Sprintf("%.2f", float64(microseconds)/1000) }
