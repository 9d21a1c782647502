// Command bench measures what todokit costs. It starts the real commands, a
// MariaDB and an etcd of its own, and beside them a bare handler over the same
// tables (see package bare), loads both with the same requests in turns, and
// writes down what it saw, and the ratio of the two. `make bench` installs what
// it needs, and calls it.
//
// Absolute figures say more about the machine than about todokit; the ratio
// says what all that stands between a client and its row costs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	ctx, stop := untilStopped(context.Background())
	err := execute(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "bare" {
		return serveBare(ctx, args[1:])
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	return run(ctx, o)
}

// run measures everything.
func run(ctx context.Context, o options) (err error) {
	h, err := newHouse()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	b := &bench{options: o, house: h}
	if b.wrk, err = newWrk(h, o.threads, o.connections); err != nil {
		return err
	}
	rep, err := newReport(ctx, o)
	if err != nil {
		return err
	}
	if err := b.overMariaDB(ctx, rep); err != nil {
		return err
	}
	return rep.write(o.out)
}

// overMariaDB measures todokit's separate processes.
func (b *bench) overMariaDB(ctx context.Context, rep *report) error {
	chosen := b.chosen()
	if len(chosen) == 0 {
		return nil
	}
	p, err := b.startPair(ctx)
	if err != nil {
		return err
	}
	if err := p.check(ctx, workloads()); err != nil {
		return err
	}
	for _, w := range chosen {
		say("%s …", w.name)
		r, err := b.measure(ctx, p, w)
		if err != nil {
			return err
		}
		rep.add(r)
	}
	return nil
}

// chosen are the workloads that were asked for.
func (b *bench) chosen() (some []workload) {
	for _, w := range workloads() {
		if b.which.MatchString(w.name) {
			some = append(some, w)
		}
	}
	return some
}

// startPair starts both sides over one MariaDB.
func (b *bench) startPair(ctx context.Context) (*pair, error) {
	say("starting MariaDB and filling it …")
	m, err := b.house.startMariaDB(ctx)
	if err != nil {
		return nil, err
	}
	p := &pair{database: "MariaDB", server: m.process, crowd: newCrowd(b.size, time.Now())}
	if err = m.create(ctx, userDatabase, taskDatabase, bareDatabase); err != nil {
		return nil, err
	}
	if err = p.crowd.seed(ctx, m.url(userDatabase), m.url(taskDatabase), m.url(bareDatabase)); err != nil {
		return nil, err
	}
	if p.todokit, err = b.house.startSeparate(ctx, b.bin, m, b.flags); err != nil {
		return nil, err
	}
	if p.bare, err = b.house.startBare(ctx, "bare", m.dsn(bareDatabase)); err != nil {
		return nil, err
	}
	say("signing everyone in …")
	return p, p.crowd.signIn(ctx, p.todokit.base)
}

// seed fills the databases of both sides with the same.
func (c *crowd) seed(ctx context.Context, users, tasks, bare string) error {
	if err := c.seedUsers(ctx, users); err != nil {
		return err
	}
	for _, url := range []string{tasks, bare} {
		if err := c.seedTasks(ctx, url); err != nil {
			return err
		}
	}
	return nil
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+strings.TrimSuffix(format, "\n")+"\n", args...)
}
