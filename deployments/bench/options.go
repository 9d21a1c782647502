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
	bin, Old, out                  string
	Rounds                         int
	Duration, warmup               time.Duration
	Threads, Connections, Gateways int
	Size                           size
	rows, mechanisms               *regexp.Regexp
	flags                          map[string][]string // further ones of todokit's processes
	given                          string              // the flags, as they can be typed again
}

func parseOptions(args []string) (options, error) {
	o := options{Size: size{1000, 20, 100_000}, flags: map[string][]string{}, rows: regexp.MustCompile(""), mechanisms: regexp.MustCompile("")}
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
	pattern := func(to **regexp.Regexp) func(string) error {
		return func(s string) (err error) {
			*to, err = regexp.Compile(s)
			return err
		}
	}
	f.Func("run", "regular expression of the workloads to run; empty: all", pattern(&o.rows))
	f.Func("mechanisms", "regular expression of the mechanisms to switch off, each in turn; empty: all; none: none", pattern(&o.mechanisms))
	f.BoolFunc("quick", "few users, one round of a second: to try it; the figures mean nothing", func(string) error {
		o.Rounds, o.Duration, o.warmup, o.Size = 1, time.Second, time.Second, size{50, 20, 5000}
		return nil
	})
	for _, name := range []string{"gateway", "user", "task", "standalone"} {
		f.Func(name, "further flags of the "+name+" process, with spaces between them", func(s string) error {
			o.flags[name] = strings.Fields(s)
			return nil
		})
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 || o.Rounds < 1 || o.Duration < time.Second || o.warmup < time.Second || o.Gateways < 1 || o.Threads < o.Gateways || o.Connections < o.Threads {
		return o, errors.New("flags only; rounds, seconds and gateways: 1 at least; threads: as many as gateways; connections: as many as threads")
	}
	o.given = withoutPaths(args)
	var err error
	if o.bin, err = filepath.Abs(o.bin); err == nil && o.Old != "" {
		o.Old, err = filepath.Abs(o.Old)
	}
	return o, err
}

// withoutPaths leaves out the places on this machine, which are nobody else's business.
func withoutPaths(args []string) string {
	path := regexp.MustCompile(`^--?(bin|old|out)(=|$)`)
	var shown []string
	for i := 0; i < len(args); i++ {
		if found := path.FindStringSubmatch(args[i]); found == nil {
			shown = append(shown, fmt.Sprintf("'%s'", args[i]))
		} else if found[2] == "" {
			i++ // its value
		}
	}
	return strings.Join(shown, " ")
}
