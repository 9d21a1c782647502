package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// onSmallDisk returns a command that starts the standalone process with its data on
// a disk (tmpfs) of so many bytes, which only that process sees and which is gone
// with it. Where nobody may mount anything, the test is skipped: it is about the
// system, not about what is installed.
func onSmallDisk(t *testing.T, mebibytes int) (cmd *exec.Cmd, dir string) {
	t.Helper()
	dir = t.TempDir()
	script := fmt.Sprintf(`mount -t tmpfs -o size=%dm tmpfs "$1" || exit 77; shift; exec "$@"`, mebibytes)
	isolated := func(args ...string) *exec.Cmd {
		cmd := exec.Command("sh", append([]string{"-c", script, "sh", dir}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		if uid := os.Getuid(); uid != 0 {
			cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		}
		return cmd
	}
	if out, err := isolated("true").CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %v %s", err, out)
	}
	cmd = isolated(binary(t, "standalone"))
	return cmd, filepath.Join(dir, "data")
}

func TestStandalone_DiskTooSmall_SaysSo(t *testing.T) {
	t.Parallel()
	for _, mebibytes := range []int{1, 8, 15} {
		cmd, dir := onSmallDisk(t, mebibytes)
		cmd.Dir = t.TempDir()
		cmd.Env = environment(settings{"ADMIN_ADDR": "127.0.0.1:0", "HTTP_ADDR": "127.0.0.1:0", "DATA_DIR": dir})
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "the disk is full: "+dir) || strings.Contains(string(out), "goroutine ") {
			t.Errorf("%d MiB: %v: %s", mebibytes, err, out)
		}
	}
}

func TestStandalone_DiskFills_UnavailableUntilThereIsSpace(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	cmd, dir := onSmallDisk(t, 40)
	s.launch = func() { s.gateway = startCommand(t, "standalone", cmd, patient(settings{"DATA_DIR": dir})) }
	s.boot(t)
	c := s.newUser(t)
	kept := c.createTask(t, fields{"title": "Before"})

	inside := fmt.Sprintf("/proc/%d/root%s", s.gateway.cmd.Process.Pid, filepath.Dir(dir)) // as the process sees it
	ballast, err := os.Create(filepath.Join(inside, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(ballast, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk does not get full: %v", err)
	}
	content := strings.Repeat("x", 60000)
	eventually(t, "503", func() error { // the log of the database has some room in it
		if a := c.do(t, http.MethodPost, tasks, fields{"title": "Large", "content": content}); a.status != http.StatusServiceUnavailable {
			return fmt.Errorf("status %d", a.status)
		}
		return nil
	})
	s.gateway.waitLog(t, "the full disk and its file", func(l logLine) bool {
		return strings.Contains(fmt.Sprint(l["err"]), filepath.Join(dir, "task.db")+": the disk is full")
	})
	if got := c.getTask(t, kept.ID); got.Title != "Before" { // reads go on
		t.Errorf("got %+v", got)
	}
	if err := errors.Join(ballast.Close(), os.Remove(ballast.Name())); err != nil {
		t.Fatal(err)
	}
	c.createTask(t, fields{"title": "After", "content": content})
	if strings.Contains(s.gateway.log.String(), "goroutine ") {
		t.Error("there is a stack in the log")
	}
	s.gateway.stop(t, syscall.SIGTERM)
}

// zeros is a file without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestStandalone_FileSizeLimit_SaysSo needs no disk: a limit on the size of files
// fails the same writes.
func TestStandalone_FileSizeLimit_SaysSo(t *testing.T) {
	t.Parallel()
	for blocks, words := range map[string][]string{ // of 512 or 1,024 bytes
		"100":    {"embedded etcd", "file too large"},
		"100000": nil, // enough for all but a large database
	} {
		dir := filepath.Join(t.TempDir(), "data")
		cmd := exec.Command("sh", "-c", `ulimit -f "$1"; exec "$2"`, "sh", blocks, binary(t, "standalone"))
		if words == nil {
			s := newSystem(t)
			s.launch = func() { s.gateway = startCommand(t, "standalone", cmd, patient(settings{"DATA_DIR": dir})) }
			s.boot(t)
			s.newUser(t).createTask(t, fields{"title": "Here"})
			s.shutDown(t, syscall.SIGTERM)
			continue
		}
		cmd.Dir = t.TempDir()
		cmd.Env = environment(settings{"ADMIN_ADDR": "127.0.0.1:0", "HTTP_ADDR": "127.0.0.1:0", "DATA_DIR": dir})
		out, err := cmd.CombinedOutput()
		if err == nil || strings.Contains(string(out), "goroutine ") {
			t.Errorf("%s blocks: %v: %s", blocks, err, out)
		}
		for _, word := range words {
			if !strings.Contains(string(out), word) {
				t.Errorf("%s blocks: it does not say %q: %s", blocks, word, out)
			}
		}
	}
}
