package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startIn starts the standalone process on a folder, and waits until it is ready.
func startIn(t *testing.T, dir string) *system {
	t.Helper()
	s := newSystem(t)
	s.launch = func() { s.gateway = start(t, "standalone", patient(settings{"DATA_DIR": dir})) }
	s.boot(t)
	return s
}

// TestStandalone_DataDirOfAnyName_Works uses what means something in a URL, in a
// shell or in a format, and a path that is too long for a socket.
func TestStandalone_DataDirOfAnyName_Works(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"special": "a#b?c%41 d ä日本&e=f;g+'h\"%s",
		"no text": "a\xffb",
		"long":    strings.Repeat("a#b?c%41 d/", 30),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent, err := os.MkdirTemp("", "tk") // shorter than t.TempDir's
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(parent) })
			s := startIn(t, filepath.Join(parent, dir))
			s.newUser(t).createTask(t, fields{"title": "Here"})
			if _, err := os.Stat(filepath.Join(parent, dir, "task.db")); err != nil {
				t.Error(err)
			}
			s.shutDown(t, syscall.SIGTERM)
		})
	}
}

func TestStandalone_ExistingDataDir_ModeIsKept(t *testing.T) {
	t.Parallel()
	for mode, warned := range map[os.FileMode]bool{0o755: false, 0o777 | os.ModeSticky: true} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			s := startIn(t, dir)
			s.nobody().do(t, http.MethodGet, "/readyz", nil).want(t, http.StatusOK)
			s.shutDown(t, syscall.SIGTERM)
			info, err := os.Stat(dir)
			if err != nil || info.Mode() != mode|os.ModeDir {
				t.Errorf("the mode was %v, and is %v: %v", mode, info.Mode(), err)
			}
			if log := s.gateway.log.String(); strings.Contains(log, "other accounts may replace the files") != warned {
				t.Errorf("warned: %v\n%s", !warned, log)
			}
		})
	}
}

func TestStandalone_UnusableDataDir_IsRefused(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", " ", file(t, ""), "/dev/null/x", "/proc/x"} {
		if out, code := runOnce(t, "standalone", settings{"ADMIN_ADDR": "127.0.0.1:0"}, "--data.dir="+dir); code == 0 || !strings.Contains(out, "data.dir") {
			t.Errorf("%q: exit status %d: %s", dir, code, out)
		}
	}
}
