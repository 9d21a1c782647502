package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one running command.
type process struct {
	name   string
	cmd    *exec.Cmd
	log    *logBuffer // standard error
	out    *logBuffer // standard output
	exited chan struct{}
	err    error // after exited
}

// settings are configuration variables without their prefix: "HTTP_ADDR".
type settings map[string]string

// start starts a command with a port of its own everywhere. It is killed at the
// end of the test, unless it was stopped before.
func start(t *testing.T, command string, own settings) *process {
	t.Helper()
	return startCommand(t, command, exec.Command(binary(t, command)), own)
}

// startCommand is start for a command that is started in another way.
func startCommand(t *testing.T, name string, cmd *exec.Cmd, own settings) *process {
	t.Helper()
	p := &process{name: name, log: newLogbook(), out: newLogbook(), cmd: cmd, exited: make(chan struct{})}
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	all := settings{"ADMIN_ADDR": "127.0.0.1:0", "LOG_FORMAT": "json"}
	maps.Copy(all, own)
	p.cmd.Env = environment(all)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the end of the log of %s (%d):\n%s", p.name, p.cmd.Process.Pid, p.log.tail(20))
		}
	})
	return p
}

// environment is that of the test without any todokit variable but these.
func environment(own settings) []string {
	env := []string{"GORACE=halt_on_error=1 exitcode=66"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TODOKIT_") {
			env = append(env, v)
		}
	}
	for key, value := range own {
		env = append(env, "TODOKIT_"+key+"="+value)
	}
	return env
}

// address waits until a server of the process listens, and returns where.
func (p *process) address(t *testing.T, server string) string {
	t.Helper()
	line := p.waitLog(t, "listening of "+server, func(l logLine) bool {
		return l["msg"] == "listening" && l["server"] == server
	})
	return fmt.Sprint(line["addr"])
}

// waitLog waits for a line of the log.
func (p *process) waitLog(t *testing.T, what string, match func(logLine) bool) logLine {
	t.Helper()
	timeout := time.NewTimer(waitTimeout)
	defer timeout.Stop()
	for {
		changed := p.log.changes()
		for _, l := range p.log.parsed() {
			if match(l) {
				return l
			}
		}
		select {
		case <-changed:
		case <-p.exited:
			t.Fatalf("%s ended before its log told of %s: %v\n%s", p.name, what, p.err, p.log.tail(40))
		case <-timeout.C:
			t.Fatalf("%s: its log does not tell of %s\n%s", p.name, what, p.log.tail(40))
		}
	}
}

// stop asks the process to end, and requires that it does so as if nothing had
// been wrong.
func (p *process) stop(t *testing.T, how syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(how); err != nil {
		t.Errorf("%s: %v", p.name, err)
		return
	}
	timeout := time.NewTimer(waitTimeout)
	defer timeout.Stop()
	select {
	case <-p.exited:
		if p.err != nil {
			t.Errorf("%s ended after %v with %v\n%s", p.name, how, p.err, p.log.tail(40))
		}
	case <-timeout.C:
		t.Errorf("%s does not end after %v\n%s", p.name, how, p.log.tail(40))
	}
}

// kill ends the process as a crash would (kill -9).
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.exited
}

// logbook keeps what a process writes.
type logBuffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

type logLine map[string]any

func newLogbook() *logBuffer { return &logBuffer{changed: make(chan struct{})} }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
	return b.text.Write(p)
}

// changes is closed when more is written after this call.
func (b *logBuffer) changes() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// lines are the whole lines so far.
func (b *logBuffer) lines() []string {
	text := b.String()
	end := strings.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	return strings.Split(text[:end], "\n")
}

// parsed are the lines that are JSON.
func (b *logBuffer) parsed() []logLine {
	var all []logLine
	for _, text := range b.lines() {
		var l logLine
		if json.Unmarshal([]byte(text), &l) == nil {
			all = append(all, l)
		}
	}
	return all
}

func (b *logBuffer) tail(n int) string {
	lines := b.lines()
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
