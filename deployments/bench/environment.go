package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// environment has the programs that were started, and a folder for what they write.
type environment struct {
	dir     string
	running sync.WaitGroup
	started int
}

// process is a program that runs.
type process struct {
	name   string
	pid    int
	log    string // file; empty: somebody else has started it
	exited chan struct{}
}

func (e *environment) file(name string) string { return filepath.Join(e.dir, name) }

// program is what is to be started.
type program struct {
	name, path string
	env, args  []string
	ready      string // URL that answers with 200 when it is
}

// start starts a program, and waits until it is ready. When ctx ends, it is
// asked to end, and then forced to.
func (e *environment) start(ctx context.Context, what program) (*process, error) {
	e.started++
	p := &process{name: what.name, log: e.file(fmt.Sprintf("%d.log", e.started)), exited: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.CommandContext(ctx, what.path, what.args...) //nolint:gosec // our own programs
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TODOKIT_") || strings.HasPrefix(v, "GOGC=") })
	cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.Env = out, out, e.dir, append(cmd.Env, what.env...)
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, 15*time.Second
	if err = cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", what.name, err)
	}
	p.pid = cmd.Process.Pid
	e.running.Go(func() {
		_ = cmd.Wait()
		close(p.exited)
	})
	return p, p.waitUntilReady(ctx, what.ready)
}

func (p *process) waitUntilReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := newClient()
	defer client.CloseIdleConnections()
	for {
		r, err := request{method: http.MethodGet}.send(ctx, client, url)
		if err == nil && r.status == http.StatusOK {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended:\n%s", p.name, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s%s", p.name, errors.Join(err, ctx.Err()), r.body, p.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tail is the end of the log.
func (p *process) tail() string {
	text, _ := os.ReadFile(p.log)
	return string(text[max(0, len(text)-2000):])
}

// freeAddress returns a free loopback address, below the ports of outgoing connections.
func freeAddress() string {
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.N(19000))
		if l, err := net.Listen("tcp", address); err == nil { //nolint:noctx // binding does not wait for anything
			_ = l.Close()
			return address
		}
	}
}
