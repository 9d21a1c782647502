// Package process runs a service as a process: a logger, metrics, an admin port,
// actors that stop in order, signals, and the configuration of what the services
// share (etcd, database, cache, gRPC).
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"todokit/pkg/health"
)

// Config is the configuration of every process.
type Config struct {
	Log   LogConfig   `config:"log"`
	Admin AdminConfig `config:"admin"`
}

// DefaultConfig returns the defaults, with the admin port on loopback.
func DefaultConfig(adminAddr string) Config {
	return Config{
		Log:   LogConfig{Level: "info", Format: "logfmt"},
		Admin: AdminConfig{Addr: adminAddr},
	}
}

// Env is what a service gets from its process.
type Env struct {
	Name     string // "usersvc"
	Logger   log.Logger
	Registry prometheus.Registerer
	Health   *health.Checker
}

// For returns the environment of one of several services in this process: its
// log lines, metrics and dependencies bear its name.
func (e Env) For(service string) Env {
	e.Name = service
	e.Logger = log.With(e.Logger, "service", service)
	// The label is not "service": that is the called service in the metrics of callers.
	e.Registry = prometheus.WrapRegistererWith(prometheus.Labels{"part": service}, e.Registry)
	e.Health = e.Health.Sub(service)
	return e
}

// Run runs a process until ctx ends, a signal asks it to stop, or an actor
// fails. assemble adds the actors; at the end they are interrupted one after
// the other in the order in which they were added, so what clients see comes
// first. A stop that was asked for returns nil.
func Run(ctx context.Context, name string, cfg Config, assemble func(*run.Group, Env) error) error {
	ignoreFileSizeSignal()
	ballast := gcBallast()
	defer runtime.KeepAlive(ballast)
	logger, closeLog, err := NewLogger(cfg.Log, os.Stderr)
	if err != nil {
		return err
	}
	err = runWith(ctx, name, cfg, logger, assemble)
	return errors.Join(err, closeLog.Close())
}

func runWith(ctx context.Context, name string, cfg Config, logger log.Logger, assemble func(*run.Group, Env) error) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(name))
	env := Env{Name: name, Logger: logger, Registry: registry, Health: health.New()}

	admin, err := net.Listen("tcp", cfg.Admin.Addr) //nolint:noctx // binding does not wait for anything
	if err != nil {
		return fmt.Errorf("admin.addr: %w", err)
	}
	var g run.Group
	addSignals(ctx, &g, env)
	if err := assemble(&g, env); err != nil {
		return errors.Join(err, admin.Close())
	}
	// The admin port comes last: it responds to the end.
	AddHTTP(&g, HTTPServer{
		Name: "admin", Listener: admin, Handler: cfg.Admin.handler(registry, env.Health), Timeouts: DefaultHTTPTimeouts(), Logger: env.Logger,
	})
	level.Info(logger).Log("msg", "starting", "name", name, "version", Version())
	err = g.Run()
	if stop := (stopError{}); errors.As(err, &stop) {
		level.Info(logger).Log("msg", "stopped", "reason", stop.Error())
		return nil
	}
	level.Error(logger).Log("msg", "stopped", "err", err)
	return err
}

// stopError is why a process stops when it is asked to.
type stopError struct{ reason string }

func (s stopError) Error() string { return s.reason }

// addSignals stops the group at SIGINT, SIGTERM or the end of ctx. A second
// signal kills the process at once.
func addSignals(ctx context.Context, g *run.Group, env Env) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	g.Add(func() error {
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			return stopError{s.String()}
		case <-ctx.Done():
			return stopError{ctx.Err().Error()}
		}
	}, func(error) {
		env.Health.Drain()
		cancel()
	})
}

// Exit ends main: it prints the error, if there is one, and sets the exit status.
func Exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// nopCloser closes nothing.
type nopCloser struct{}

func (nopCloser) Close() error { return nil }

var _ io.Closer = nopCloser{}
