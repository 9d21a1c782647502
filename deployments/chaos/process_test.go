package chaos_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one running program.
type process struct {
	name   string
	cmd    *exec.Cmd
	log    string // file
	exited chan struct{}
	err    error // after exited
}

// launch starts a program, as another account if one is given. Its output goes
// to the end of a file.
func launch(t *testing.T, name, logFile, path string, env []string, account *syscall.Credential, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &process{name: name, log: logFile, cmd: exec.Command(path, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env, p.cmd.Dir = out, out, env, os.TempDir()
	p.cmd.SysProcAttr = killWithParent()
	p.cmd.SysProcAttr.Credential = account
	if err = spawn(p.cmd); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		p.err = p.cmd.Wait()
	}()
	return p
}

// spawn starts a program from a thread that lives as long as this process:
// Linux takes the end of the thread for the end of the parent.
func spawn(cmd *exec.Cmd) error {
	started := make(chan error)
	spawner() <- func() { started <- cmd.Start() }
	return <-started
}

var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// signal sends a signal to a process of ours.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Errorf("%s: %v: %v", p.name, s, err)
	}
}

// kill ends the process as a crash would, and waits for its end.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.exited
}

// stop asks the process to end, and requires that it does so as if nothing had
// been wrong. Returns how long that took.
func (p *process) stop(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	p.signal(t, syscall.SIGTERM)
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-p.exited:
		if p.err != nil {
			t.Errorf("%s ended after SIGTERM with %v\n%s", p.name, p.err, p.tail(20))
		}
	case <-timeout.C:
		t.Errorf("%s does not end after SIGTERM\n%s", p.name, p.tail(20))
		p.kill()
	}
	return time.Since(begin)
}

// running says whether the process has not ended.
func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// lines is how many lines the log has.
func (p *process) lines() int {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return 0
	}
	return bytes.Count(text, []byte("\n"))
}

// tail is the end of the log.
func (p *process) tail(n int) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-n):], []byte("\n")))
}

// environment is that of the test without any todokit variable but these,
// which are given without their prefix: "HTTP_ADDR".
func environment(own map[string]string) []string {
	var env []string
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

// freeAddress returns a loopback address that is free, and will not be taken
// by an outgoing connection: a process that starts again comes back to it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := "127.0.0.1:" + strconv.Itoa(12000+rand.N(19000))
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err = l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, taken := addresses.LoadOrStore(address, true); !taken {
			return address
		}
	}
	t.Fatal("no free port on 127.0.0.1")
	return ""
}

var addresses sync.Map

// pause waits, and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// eventually asks again and again until the answer is good, and returns how
// long it took. It is for what has no event that could be waited for outside
// of the processes.
func eventually(t *testing.T, what string, ask func() error) time.Duration {
	t.Helper()
	begin := time.Now()
	for {
		err := ask()
		took := time.Since(begin)
		if err == nil {
			return took
		}
		if took > startTimeout {
			t.Fatalf("%s: not in %v: %v", what, startTimeout, err)
		}
		pause(t.Context(), 10*time.Millisecond)
	}
}
