package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long a program may take to be ready, and to end when it is asked to.
const (
	patience     = 60 * time.Second
	lastPatience = 15 * time.Second
)

// A program is what is to be started.
type program struct {
	name    string // "task"
	path    string
	args    []string
	env     []string            // todokit's variables, without their prefix: "HTTP_ADDR=…"
	account *syscall.Credential // nil: our own
}

// process is one that runs.
type process struct {
	name   string
	cmd    *exec.Cmd
	log    string // file
	exited chan struct{}
	err    error // after exited
}

// house starts processes, and ends all of them in the end. Whatever they write
// is in its folder.
type house struct {
	dir     string
	work    chan func() // see start
	running []*process
}

// newHouse makes the folder.
func newHouse() (*house, error) {
	dir, err := os.MkdirTemp("", "todokit-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	// MariaDB's account has to pass through.
	if err = os.Chmod(dir, 0o711); err != nil { //nolint:gosec // nothing in it is open to others by itself
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	h := &house{dir: dir, work: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for do := range h.work {
			do()
		}
	}()
	return h, nil
}

// stop ends all processes, the last one first.
func (h *house) stop() {
	for len(h.running) > 0 {
		last := len(h.running) - 1
		h.running[last].stop()
		h.running = h.running[:last]
	}
}

// close ends all processes, and removes the folder.
func (h *house) close() error {
	h.stop()
	close(h.work)
	return os.RemoveAll(h.dir)
}

// file is one in the folder.
func (h *house) file(name string) string { return filepath.Join(h.dir, name) }

// start starts a program. It does so from a thread that lives as long as this
// process: Linux takes the end of the thread for the end of the parent.
func (h *house) start(prog program) (*process, error) {
	p := &process{name: prog.name, log: h.file(prog.name + ".log"), exited: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.Command(prog.path, prog.args...) //nolint:gosec,noctx // our own programs, which stop as they are meant to
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir, p.cmd.Env = out, out, h.dir, environment(prog.env)
	p.cmd.SysProcAttr = dieWithUs()
	p.cmd.SysProcAttr.Credential = prog.account
	started := make(chan error)
	h.work <- func() { started <- p.cmd.Start() }
	if err = <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", prog.name, err)
	}
	go func() {
		defer close(p.exited)
		p.err = p.cmd.Wait()
	}()
	h.running = append(h.running, p)
	return p, nil
}

// stop ends the process, by force if need be. Being in a group of its own, it
// does not see the Ctrl-C that this process sees.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timeout := time.NewTimer(lastPatience)
	defer timeout.Stop()
	select {
	case <-p.exited:
	case <-timeout.C:
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// whenReady asks until there is no error, or the process ends.
func (p *process) whenReady(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended: %w\n%s", p.name, errors.Join(p.err, err), p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, err, p.tail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// alive returns an error if the process has ended.
func (p *process) alive() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended: %w\n%s", p.name, errors.Join(errors.New("before it was asked to"), p.err), p.tail())
	default:
		return nil
	}
}

// emptyLog keeps the folder small: todokit writes a line for each request.
func (p *process) emptyLog() error { return os.Truncate(p.log, 0) }

// tail is the end of the log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
}

// environment is ours without any todokit variable but these.
func environment(own []string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TODOKIT_") {
			env = append(env, v)
		}
	}
	for _, v := range own {
		env = append(env, "TODOKIT_"+v)
	}
	return env
}

// untilStopped returns a context that ends when somebody wants us to stop.
func untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}
