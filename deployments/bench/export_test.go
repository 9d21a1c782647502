package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// What is read from the outside.
var (
	Run          = run
	ParseFigures = parseFigures
	ParseCPU     = parseCPU
	ParseBytes   = parseBytes
	FirstVersion = firstVersion
)

// Rates are those of the sides "todokit", "bare" and "old", round by round.
func Rates(rounds ...[3]int64) result {
	r := result{Name: "mix", Database: "none", Sides: []string{newName, bareName, oldName}}
	for _, rates := range rounds {
		round := map[string]reading{}
		for i, side := range r.Sides {
			round[side] = reading{
				figures: figures{Requests: rates[i], Microseconds: 1e6, P50: 1000, P99: 2000},
				Usage:   []usage{{Process: "gateway", CPU: 10, MB: 40}, {Process: "task", CPU: 20, MB: 50}, {Process: "mariadb", CPU: 100, MB: 300}},
			}
		}
		r.Rounds = append(r.Rounds, round)
	}
	return r
}

// WriteReport writes a report of a result, also as that of a mechanism.
func WriteReport(file string, r result) error {
	with := r
	with.Sides, with.Off = []string{"with", "without"}, mechanisms()[0]
	with.Rounds = []map[string]reading{{"with": r.Rounds[0][newName], "without": r.Rounds[0][bareName]}}
	rep := &report{Options: options{Old: "somewhere"}, Results: []result{r}, Mechanisms: []result{with}}
	return rep.write(file)
}

// SendSteadily sends one request again and again, and returns how many there
// were, how many failed, and the median of the times from when they were due.
func SendSteadily(ctx context.Context, base string, rate float64, d time.Duration) (requests, failed int64, median time.Duration) {
	f := sendSteadily(ctx, base, []request{{method: "GET", path: "/"}}, rate, d)
	return f.Requests, f.Errors, time.Duration(f.P50) * time.Microsecond
}

// SameResponse compares two bodies that answer a method with 200.
func SameResponse(method, a, b string) error {
	return sameResponse(method, response{status: 200, body: []byte(a)}, response{status: 200, body: []byte(b)})
}

// WithSides starts todokit and the bare handler as they are measured, over MariaDB
// or SQLite, and compares their responses to the same requests.
func WithSides(ctx context.Context, bin, database string) (err error) {
	dir, err := os.MkdirTemp("", "todokit-bench-") // shorter than t.TempDir's: there are Unix sockets in it
	if err != nil {
		return err
	}
	e := &environment{dir: dir}
	defer func() { err = errors.Join(err, os.RemoveAll(e.dir)) }()
	b := &bench{options: options{bin: bin, Old: bin, Size: size{3, 25, 60}}, env: e, begin: time.Now()}
	over := engine{name: database, create: createMariaDB, start: e.startServices}
	if database == "SQLite" {
		over = engine{name: database, create: e.createFiles, start: e.startStandalone}
	}
	return b.over(ctx, over, compareSides)
}

// Given are the flags that the report shows.
func Given(args ...string) (string, error) {
	o, err := parseOptions(args)
	return o.given, err
}

// HasMariaDB says whether .ci/with-mariadb has started one.
func HasMariaDB() bool { return strings.HasPrefix(os.Getenv(serverVariable), "mysql://") }

// compareSides sends the first requests of each workload to all sides. The mix
// is made of the other workloads, and would read what those have changed.
func compareSides(ctx context.Context, sides []*side) error {
	client := newClient()
	defer client.CloseIdleConnections()
	for _, w := range workloads() {
		if w.todokitOnly || w.name == mixName {
			continue
		}
		for n := range 5 {
			var first response
			for i, s := range sides {
				q := w.plan(s.data)[n]
				r, err := q.send(ctx, client, s.gateways[0])
				if err != nil {
					return fmt.Errorf("%s of %s: %w", w.name, s.name, err)
				}
				if i == 0 {
					first = r
				}
				if err := sameResponse(q.method, first, r); err != nil {
					return fmt.Errorf("%s and %s answer %s %s differently: %w", sides[0].name, s.name, q.method, q.path, err)
				}
			}
		}
	}
	return nil
}
