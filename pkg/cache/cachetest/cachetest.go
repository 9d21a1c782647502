// Package cachetest gives tests a real Redis, and the means to take it away.
package cachetest

import (
	"bufio"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// startTimeout is far more than a start takes; it only ends a test that fails.
const startTimeout = 30 * time.Second

// Server is a Redis of one test, on a Unix socket. It keeps nothing on disk.
type Server struct {
	t      testing.TB
	socket string
	args   []string
	run    *exec.Cmd // nil while killed
}

// Start runs an empty Redis, which ends with the test. Arguments are those of
// redis-server. Without that program the test is skipped, or fails where
// TODOKIT_TEST_REQUIRE is 1.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := newServer(t, args)
	t.Cleanup(s.remove)
	s.Resume()
	return s
}

func newServer(t testing.TB, args []string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		const reason = "there is no redis-server; make test installs it"
		if os.Getenv("TODOKIT_TEST_REQUIRE") == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	dir, err := os.MkdirTemp("", "tk") // the path of a Unix socket must be short
	if err != nil {
		t.Fatal(err)
	}
	return &Server{t: t, socket: filepath.Join(dir, "redis.sock"), args: args}
}

// URL is the address for clients, without a password. It is the same after
// each start.
func (s *Server) URL() string { return (&url.URL{Scheme: "unix", Path: s.socket}).String() }

// Resume starts a server that was killed, with nothing in it.
func (s *Server) Resume() {
	s.t.Helper()
	s.run = exec.CommandContext(context.WithoutCancel(s.t.Context()), "redis-server", append([]string{
		"--port", "0", "--unixsocket", s.socket, "--dir", filepath.Dir(s.socket), "--logfile", "redis.log",
		"--save", "", "--appendonly", "no",
	}, s.args...)...)
	s.run.SysProcAttr = dieWithUs()
	if err := s.run.Start(); err != nil {
		s.run = nil
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(startTimeout)
	for !s.answers() {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(filepath.Dir(s.socket), "redis.log"))
			s.t.Fatalf("redis-server does not answer:\n%s", log)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// answers asks in Redis' own words. That a password is needed is an answer.
func (s *Server) answers() bool {
	conn, err := net.Dial("unix", s.socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(answer, "+PONG") || strings.HasPrefix(answer, "-NOAUTH")
}

// Kill ends the server at once, as kill -9 does, with all that is in it.
func (s *Server) Kill() {
	if s.run != nil {
		_ = s.run.Process.Kill()
		_ = s.run.Wait()
		s.run = nil
	}
}

func (s *Server) remove() {
	s.Kill()
	_ = os.RemoveAll(filepath.Dir(s.socket))
}

// one is the server of all tests that break nothing, while there are any.
var one struct {
	sync.Mutex
	server *Server
	users  int
}

// Redis returns the URL of a Redis that the tests of a process share, so that
// each has keys of its own, and that none may break: the one that
// TODOKIT_TEST_REDIS_URL names, or one that is started as Start does.
func Redis(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("TODOKIT_TEST_REDIS_URL"); url != "" {
		return url
	}
	one.Lock()
	defer one.Unlock()
	if one.server == nil {
		s := newServer(t, nil)
		s.Resume()
		one.server = s
	}
	one.users++
	t.Cleanup(func() {
		one.Lock()
		defer one.Unlock()
		if one.users--; one.users == 0 {
			one.server.remove()
			one.server = nil
		}
	})
	return one.server.URL()
}
