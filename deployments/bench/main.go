// Command bench measures what todokit costs. It starts the real commands beside a bare handler over
// the same tables (see package bare), loads them with the same requests in turns, and writes down
// what it saw, and the ratios. It can do the same with the commands of another commit, and with each
// of the mechanisms that make todokit fast switched off. `make bench` installs what it needs.
//
// It is a module of its own, and uses nothing of todokit but the commands, their HTTP and the
// tables that they make: so it can measure any commit.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"todokit/deployments/bench/bare"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 1 && args[0] == bareName { // we have started ourselves
		return bare.Serve(args[1], os.Getenv(urlVariable))
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	dir, err := os.MkdirTemp("", "todokit-bench-")
	if err != nil {
		return err
	}
	b := &bench{options: o, env: &environment{dir: dir}, report: &report{Options: o, Facts: describe(ctx, o)}, begin: time.Now()}
	if err = errors.Join(b.overMariaDB(ctx), b.overSQLite(ctx)); err != nil {
		o.out = "" // it shows what it has
	}
	err = errors.Join(err, b.report.write(o.out), os.RemoveAll(dir))
	if ctx.Err() != nil {
		return errors.New("stopped")
	}
	return err
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
