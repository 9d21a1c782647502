package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// options are what the benchmark can be told.
type options struct {
	bin, out             string
	rounds               int
	duration, warmup     time.Duration
	threads, connections int
	size                 size
	which                *regexp.Regexp
	flags                extra
	quick                bool
	line                 string // how it was called
}

// parseOptions reads the flags.
func parseOptions(args []string) (options, error) {
	o := options{size: size{people: 1000, each: 20, hoarded: 100_000}, flags: extra{}, line: "make bench"}
	if shown := showArgs(args); shown != "" {
		o.line += fmt.Sprintf(` ARGS="%s"`, shown)
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.bin, "bin", "bin", "folder of todokit's commands")
	f.StringVar(&o.out, "out", "deployments/bench/RESULTS.md", "file for the results; empty: none")
	f.IntVar(&o.rounds, "rounds", 3, "how often each side is measured, in turns")
	f.DurationVar(&o.duration, "duration", 8*time.Second, "how long a measurement takes, in whole seconds")
	f.DurationVar(&o.warmup, "warmup", 2*time.Second, "how long each side is loaded before that, in whole seconds")
	f.IntVar(&o.threads, "threads", 2, "threads of wrk")
	f.IntVar(&o.connections, "connections", 32, "connections of wrk")
	which := f.String("run", "", "regular expression of the workloads to run; empty: all")
	f.BoolVar(&o.quick, "quick", false, "few people, one round, two seconds: to try it; the figures mean little")
	for _, name := range []string{"gateway", "user", "task", "standalone"} {
		f.Func(name, "further flags of the "+name+" process, with spaces between them", func(s string) error {
			o.flags[name] = strings.Fields(s)
			return nil
		})
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	if o.quick {
		o.rounds, o.duration, o.warmup, o.size = 1, 2*time.Second, time.Second, size{people: 50, each: 20, hoarded: 5000}
	}
	return o, o.complete(*which)
}

// showArgs returns the arguments as they can be typed again, without the places
// on this machine, which are nobody else's business.
func showArgs(args []string) string {
	var shown []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "="); {
		case name == "out" || name == "bin":
			if !joined {
				i++ // its value
			}
		case strings.ContainsAny(value, " |^$*()"):
			shown = append(shown, "-"+name+"='"+value+"'")
		default:
			shown = append(shown, arg)
		}
	}
	return strings.Join(shown, " ")
}

// complete checks what was given.
func (o *options) complete(which string) (err error) {
	if o.rounds < 1 || o.duration < time.Second || o.warmup < time.Second || o.threads < 1 || o.connections < o.threads {
		return errors.New("rounds, seconds and threads must be 1 at least, and connections as many as threads")
	}
	if o.which, err = regexp.Compile(which); err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	o.bin, err = filepath.Abs(o.bin)
	return err
}
