package main

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Execute is the command.
var Execute = execute

// What is read from the outside.
var (
	ParseFigures  = parseFigures
	ParseCPU      = parseCPU
	ParseResident = parseResident
	FirstVersion  = firstVersion
	ReadPlan      = readPlan
	ShowArgs      = showArgs
)

// Median is of the figures of all rounds.
var Median = median

// Percentile is of the times of a steady load.
var Percentile = percentile

// Rounds makes a result of the rates of both sides, round by round.
func Rounds(todokit, bare []int64) Result {
	r := result{name: "mix", database: "none"}
	for i := range todokit {
		r.rounds = append(r.rounds, map[string]reading{
			"todokit": {figures: figures{Requests: todokit[i], Microseconds: 1e6}},
			"bare":    {figures: figures{Requests: bare[i], Microseconds: 1e6}},
		})
	}
	return Result{r}
}

// Result is that of a workload.
type Result struct{ result }

// Ratio is that of the rates.
func (r Result) Ratio() float64 { return r.ratio(reading.rate) }

// Against is the same between two workloads of todokit.
func (r Result) Against(other Result) float64 { return r.against(other.result) }

// Line is a request of a plan.
func Line(method, path, token, body string) line { return line{method, path, token, body} }

// WritePlan writes one request of somebody with a token.
func WritePlan(file, method, path, token, body string) error {
	return writePlan(file, []request{{method: method, path: path, body: body, who: &person{access: token}}})
}

// SameAnswer compares two bodies that answer a method with 200.
func SameAnswer(method, one, other string) error {
	return sameAnswer(method,
		answer{status: http.StatusOK, header: http.Header{}, body: []byte(one)},
		answer{status: http.StatusOK, header: http.Header{}, body: []byte(other)})
}

// Pace sends a request again and again at a steady rate, and returns how many
// were answered, how many failed, and the median of the times from when they
// were due.
func Pace(ctx context.Context, base string, interval, duration time.Duration) (answered, failed int64, median time.Duration) {
	p := &pacer{wires: &wires{address: strings.TrimPrefix(base, "http://")}, plan: []line{{method: http.MethodGet, path: "/"}}, interval: interval, duration: duration}
	f := p.run(ctx)
	return f.Requests, f.failed(), time.Duration(f.P50) * time.Microsecond
}

// Ask sends requests one after the other, and returns the statuses of the answers.
func Ask(ctx context.Context, base string, lines ...[4]string) (statuses []int, err error) {
	w := &wires{address: strings.TrimPrefix(base, "http://")}
	defer w.close()
	for _, l := range lines {
		status, err := w.ask(ctx, line{l[0], l[1], l[2], l[3]})
		if err != nil {
			return statuses, err
		}
		statuses = append(statuses, status)
	}
	return statuses, nil
}

// Compare starts the single process and the bare handler over SQLite, as they
// are measured, and has their answers compared.
func Compare(ctx context.Context, bin string) (err error) {
	h, err := newHouse()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b := &bench{house: h, options: options{bin: bin, which: regexp.MustCompile(""), size: size{people: 3, each: 25, hoarded: 60}}}
	p, err := b.startFiles(ctx)
	if err != nil {
		return err
	}
	if err = p.check(ctx, workloads()); err != nil {
		return err
	}
	return p.crowd.refresh(ctx, p.todokit.base, time.Hour)
}
