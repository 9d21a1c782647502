package e2e_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStandalone is the system as it is on a laptop: one process.
func TestStandalone_UserScenarios(t *testing.T) {
	t.Parallel()
	s := startStandalone(t)
	runUserScenarios(t, s)
	t.Run("metrics", func(t *testing.T) { metricsPages(t, s) })
	t.Run("full tour", func(t *testing.T) { fullTour(t, s) })
	t.Run("files are readable by the owner only", func(t *testing.T) { privateFiles(t, s) })
	s.shutDown(t, syscall.SIGINT)
}

// TestStandaloneFindsItsDataAgain restarts it twice, once by Ctrl-C and once as
// a service manager does.
func TestStandalone_Restart_DataIsKept(t *testing.T) {
	t.Parallel()
	s := startStandalone(t)
	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Still here?"})
	for _, how := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		s.shutDown(t, how)
		s.http.CloseIdleConnections()
		s.boot(t)
		if got := c.getTask(t, one.ID); got.Title != "Still here?" { // with the token of before
			t.Errorf("after %v the task is %+v", how, got)
		}
		c = c.signIn(t)
	}
	s.shutDown(t, syscall.SIGINT)
}

// TestStandaloneGreets starts it as `make run` does, without any setting but
// ports that are free here.
func TestStandalone_Start_PrintsAddress(t *testing.T) {
	t.Parallel()
	binary(t, "standalone") // building it is not part of its start
	begin := time.Now()
	p := start(t, "standalone", settings{"HTTP_ADDR": "127.0.0.1:0"})
	whenReady(t, p.address(t, "admin"))
	t.Logf("ready after %v", time.Since(begin).Round(time.Millisecond))
	base := "http://" + p.address(t, "http")
	eventually(t, "the greeting", func() error {
		if text := p.out.String(); !strings.Contains(text, base) || strings.Count(text, "  curl "+base) != 3 {
			return fmt.Errorf("it does not say that it is at %s, with three curl lines to try:\n%s", base, text)
		}
		return nil
	})
	if info, err := os.Stat(filepath.Join(p.cmd.Dir, "data")); err != nil || !info.IsDir() {
		t.Errorf("there is no ./data: %v", err)
	}
	p.stop(t, syscall.SIGINT)
}

// privateFiles requires that nobody else on the machine can read the data.
func privateFiles(t *testing.T, s *system) {
	t.Helper()
	dir := s.dataDir()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", path, mode)
		}
		if d.IsDir() && path == dir && info.Mode().Perm() != 0o700 {
			t.Errorf("the data folder has mode %o", info.Mode().Perm())
		}
		files++
		return nil
	})
	if err != nil || files < 3 {
		t.Errorf("%d files: %v", files, err)
	}
	if s.gateway.cmd.Process.Signal(syscall.Signal(0)) != nil {
		t.Error("the process was gone while its files were looked at")
	}
	s.nobody().do(t, http.MethodGet, "/readyz", nil).want(t, http.StatusOK)
}
