package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// The names of the rows beside those of the workloads.
const (
	steadyName     = "steady mix"
	standaloneName = "standalone mix"
)

// bench is what measurements are made with.
type bench struct {
	options
	env    *environment
	report *report
	begin  time.Time // the data are of the month before
}

// overMariaDB measures todokit's separate processes.
func (b *bench) overMariaDB(ctx context.Context) error {
	chosen := slices.DeleteFunc(workloads(), func(w workload) bool {
		return !b.rows.MatchString(w.name) && (w.name != mixName || !b.rows.MatchString(steadyName))
	})
	off := slices.DeleteFunc(mechanisms(), func(m mechanism) bool {
		return !b.mechanisms.MatchString(m.Name) || len(b.withAndWithout(m)) == 0
	})
	if len(chosen)+len(off) == 0 {
		return nil
	}
	pid, err := strconv.Atoi(os.Getenv("TODOKIT_TEST_MYSQL_PID"))
	if err != nil {
		return fmt.Errorf("there is no MariaDB of .ci/with-mariadb: %w", err)
	}
	e := engine{name: "MariaDB", servers: []*process{{name: "mariadb", pid: pid}}, create: createMariaDB, start: b.env.startServices}
	return b.over(ctx, e, func(ctx context.Context, sides []*side) error {
		for _, w := range chosen {
			if err := b.measure(ctx, e, w, b.wrk, sides); err != nil {
				return err
			}
			if w.name == mixName && b.rows.MatchString(steadyName) {
				w.name = steadyName
				if err := b.measure(ctx, e, w, steady(b.report.Find(mixName).lowestRate()/2), sides); err != nil {
					return err
				}
			}
		}
		return b.switchOff(ctx, e, sides[0], off)
	})
}

// overSQLite measures todokit as one process, with SQLite files.
func (b *bench) overSQLite(ctx context.Context) error {
	if !b.rows.MatchString(standaloneName) {
		return nil
	}
	e := engine{name: "SQLite", create: b.env.createFiles, start: b.env.startStandalone}
	return b.over(ctx, e, func(ctx context.Context, sides []*side) error {
		return b.measure(ctx, e, workload{name: standaloneName, request: mix}, b.wrk, sides)
	})
}

// over starts the sides, does something with them, and stops them.
func (b *bench) over(ctx context.Context, e engine, do func(context.Context, []*side) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer b.env.running.Wait()
	defer stop()
	sides, err := b.startSides(ctx, e)
	if err == nil {
		err = do(ctx, sides)
	}
	return err
}

// measure loads the sides in turns, and reports what it saw.
func (b *bench) measure(ctx context.Context, e engine, w workload, g generator, sides []*side) error {
	res := result{Name: w.name, Database: e.name, Off: w.off}
	for n := range b.Rounds {
		round := map[string]reading{}
		for _, s := range sides {
			if w.todokitOnly && s.name == bareName {
				continue
			}
			err := s.data.signIn(ctx, b.warmup+b.Duration+time.Minute)
			if err == nil {
				_, _, err = g(ctx, s, w, b.warmup)
			}
			if err == nil {
				round[s.name], err = read(ctx, s, w, g, b.Duration)
			}
			if err != nil {
				return fmt.Errorf("%s, %s, round %d: %w", w.name, s.name, n+1, err)
			}
			if n == 0 {
				res.Sides = append(res.Sides, s.name)
			}
			say("%s, %s, round %d, %s: %.0f requests/s", w.name, e.name, n+1, s.name, round[s.name].Value("requests/s"))
		}
		res.Rounds = append(res.Rounds, round)
	}
	list := &b.report.Results
	if w.off != (mechanism{}) {
		list = &b.report.Mechanisms
	}
	*list = append(*list, res)
	return nil
}

// read measures one side.
func read(ctx context.Context, s *side, w workload, g generator, d time.Duration) (r reading, err error) {
	before := map[*process]time.Duration{}
	for _, p := range s.processes {
		taken, _, err := p.use()
		if err != nil {
			return r, err
		}
		before[p] = taken
		_ = os.Truncate(p.log, 0) // todokit writes a line for each request
	}
	var own time.Duration
	r.figures, own, err = g(ctx, s, w, d)
	r.Generator = r.perRequest(own)
	for _, p := range s.processes {
		taken, resident, errUse := p.use()
		err = errors.Join(err, errUse)
		r.Usage = append(r.Usage, usage{p.name, r.perRequest(taken - before[p]), resident / 1e6})
	}
	return r, err
}
