package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// options are what the benchmark can be told.
type options struct {
	bin, Old, out                  string
	Rounds                         int
	Duration, warmup               time.Duration
	Threads, Connections, Gateways int
	Size                           size
	rows, mechanisms               *regexp.Regexp
	flags                          map[string][]string // further ones of todokit's processes
	given                          string              // the flags
}

func parseOptions(args []string) (o options, err error) {
	o = options{Size: size{1000, 20, 100_000}, rows: new(regexp.Regexp), mechanisms: new(regexp.Regexp), flags: map[string][]string{}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.bin, "bin", "bin", "folder of todokit's commands")
	f.StringVar(&o.Old, "old", "", "folder of the commands of another commit, to measure in the same rounds; empty: none")
	f.StringVar(&o.out, "out", "deployments/bench/RESULTS.md", "file for the results; empty: none")
	f.IntVar(&o.Rounds, "rounds", 3, "how often each side is measured, in turns")
	f.DurationVar(&o.Duration, "duration", 8*time.Second, "how long a measurement takes, in whole seconds")
	f.DurationVar(&o.warmup, "warmup", 2*time.Second, "how long each side is loaded before that, in whole seconds")
	f.IntVar(&o.Threads, "threads", 2, "threads of wrk")
	f.IntVar(&o.Connections, "connections", 32, "connections of wrk")
	f.IntVar(&o.Gateways, "gateways", 2, "gateways that share the load when each mechanism's last row is measured; 1: no such row")
	f.TextVar(o.rows, "run", regexp.MustCompile(""), "regular expression of the rows to measure; empty: all")
	f.TextVar(o.mechanisms, "mechanisms", regexp.MustCompile(""), "regular expression of the mechanisms to switch off, each in turn; empty: all; none: none")
	quick := f.Bool("quick", false, "few users, one round of a second: to try it; the figures mean nothing")
	further := map[string]*string{}
	for _, name := range []string{"gateway", "user", "task", "standalone"} {
		further[name] = f.String(name, "", "further flags of the "+name+" process, with spaces between them")
	}
	if err = f.Parse(args); err != nil {
		return o, err
	}
	for name, given := range further {
		o.flags[name] = strings.Fields(*given)
	}
	if *quick {
		o.Rounds, o.Duration, o.warmup, o.Size = 1, time.Second, time.Second, size{50, 20, 5000}
	}
	if f.NArg() > 0 || o.Rounds < 1 || o.Duration < time.Second || o.warmup < time.Second || o.Gateways < 1 || o.Threads < o.Gateways || o.Connections < o.Threads {
		return o, errors.New("flags only; rounds, seconds and gateways: 1 at least; threads: as many as gateways; connections: as many as threads")
	}
	f.Visit(func(given *flag.Flag) {
		if !slices.Contains([]string{"bin", "old", "out"}, given.Name) { // places on this machine are nobody else's business
			o.given += fmt.Sprintf("-%s='%s' ", given.Name, given.Value)
		}
	})
	if o.bin, err = filepath.Abs(o.bin); err == nil && o.Old != "" {
		o.Old, err = filepath.Abs(o.Old)
	}
	return o, err
}
