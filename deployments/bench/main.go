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
)

func main() {
	ctx, stop := untilStopped(context.Background())
	err := execute(ctx, os.Args[1:])
	if err != nil && ctx.Err() != nil {
		err = errors.New("stopped")
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "bare":
			return serveBare(ctx, args[1:])
		case "paced":
			return pace(ctx, args[1:])
		}
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
	b := &bench{options: o, house: h, report: &report{options: o}}
	if b.wrk, err = newWrk(h, o.threads, o.connections); err != nil {
		return err
	}
	if err = b.report.describe(ctx); err != nil {
		return err
	}
	for _, stage := range []func(context.Context) error{b.overMariaDB, b.overSQLite} {
		if err = stage(ctx); err != nil {
			return errors.Join(err, b.report.write("")) // it shows what it has
		}
		h.stop()
	}
	return b.report.write(o.out)
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
