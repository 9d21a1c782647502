package embedded_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"

	"todokit/pkg/registry/embedded"
	"todokit/pkg/registry/registrytest"
	"todokit/pkg/unixsocket"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func start(t *testing.T, dir string, opts embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connect(t *testing.T, s *embedded.Server) *clientv3.Client {
	t.Helper()
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{s.Endpoint()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestStart_ExistingData_RemovedUnlessKept(t *testing.T) {
	t.Parallel()
	dir := registrytest.ShortDir(t)
	unrelated := filepath.Join(dir, "unrelated")
	if err := os.WriteFile(unrelated, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		keep bool
		want int
	}{{false, 0}, {true, 1}, {false, 0}} {
		s := start(t, dir, embedded.Options{Keep: step.keep})
		c := connect(t, s)
		got, err := c.Get(t.Context(), "/a", clientv3.WithPrefix())
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Kvs) != step.want {
			t.Errorf("keep %t: found %d keys, want %d", step.keep, len(got.Kvs), step.want)
		}
		if _, err := c.Put(t.Context(), "/a/b", "c"); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if _, err := os.Stat(unrelated); err != nil {
		t.Errorf("a file that is not etcd's was removed: %v", err)
	}
}

func TestServer_CloseWithOpenWatch_ReturnsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, registrytest.ShortDir(t), embedded.Options{})
	c := connect(t, s)
	lease, err := c.Grant(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	alive, err := c.KeepAlive(t.Context(), lease.ID)
	if err != nil {
		t.Fatal(err)
	}
	<-alive
	created := <-c.Watch(t.Context(), "/a", clientv3.WithCreatedNotify())
	if !created.Created {
		t.Fatalf("no watch: %v", created.Err())
	}
	s.Close()
	if _, err := net.Dial("unix", strings.TrimPrefix(s.Endpoint(), "unix://")); err == nil {
		t.Error("the socket still answers")
	}
}

//nolint:paralleltest // it counts what the whole process has open
func TestStart_OpensNoTCPPort(t *testing.T) {
	before := tcpListeners(t)
	s := start(t, registrytest.ShortDir(t), embedded.Options{})
	defer s.Close()
	if after := tcpListeners(t); after > before {
		t.Errorf("%d TCP listeners, before the start %d", after, before)
	}
}

// tcpListeners counts the TCP sockets in the state LISTEN that this process owns.
func tcpListeners(t *testing.T) int {
	t.Helper()
	owned := map[string]bool{}
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		t.Skip("needs /proc")
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			owned[strings.Trim(target, "socket:[]")] = true
		}
	}
	count := 0
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.SplitSeq(string(content), "\n") {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && owned[f[9]] {
				count++
			}
		}
	}
	return count
}

func TestStart_DirectoryAndSocket_Private(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(registrytest.ShortDir(t), "registry")
	s := start(t, dir, embedded.Options{})
	defer s.Close()
	for path, want := range map[string]os.FileMode{
		dir: 0o700, strings.TrimPrefix(s.Endpoint(), "unix://"): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s is %o, want %o", path, got, want)
		}
	}
}

func TestStart_PathTooLong_Refused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(registrytest.ShortDir(t), strings.Repeat("x", 100))
	if _, err := embedded.Start(t.Context(), dir, embedded.Options{}); !errors.Is(err, unixsocket.ErrTooLong) {
		t.Errorf("got %v, want ErrTooLong", err)
	}
	s := start(t, dir, embedded.Options{Socket: filepath.Join(registrytest.ShortDir(t), "s")})
	s.Close()
}

// TestStart_AnyPath_ClientsConnect uses characters that mean something in a URL.
func TestStart_AnyPath_ClientsConnect(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a#b", "a?b", "a%41b", "a b", "ä日本", "\xff", "a:b", "a;b&c=d+e", "-a", `a"'b`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, filepath.Join(registrytest.ShortDir(t), name), embedded.Options{})
			defer s.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := connect(t, s).Put(ctx, "/a", "b"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStart_ForeignFiles_NotTouched(t *testing.T) {
	t.Parallel()
	dir := registrytest.ShortDir(t)
	foreign := filepath.Join(dir, "registry", "images") // the name is a common one
	if err := os.MkdirAll(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, dir, embedded.Options{}).Close()
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etcd.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(t.Context(), dir, embedded.Options{}); !errors.Is(err, unixsocket.ErrNoSocket) {
		t.Errorf("got %v, want ErrNoSocket", err)
	}
}

func TestStart_ContextCancelled_Returns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := embedded.Start(ctx, registrytest.ShortDir(t), embedded.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
