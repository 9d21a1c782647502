// Package registrytest gives tests a real etcd that can be stopped, wiped and cut off.
package registrytest

import (
	"os"
	"path/filepath"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/registry/embedded"
)

// Etcd is an etcd of one test, on a Unix socket.
type Etcd struct {
	t      testing.TB
	dir    string
	server *embedded.Server // nil while stopped
}

// Start runs an empty etcd, which ends with the test.
func Start(t testing.TB) *Etcd {
	t.Helper()
	e := Stopped(t)
	e.Resume()
	return e
}

// Stopped is an etcd that is not running yet.
func Stopped(t testing.TB) *Etcd {
	t.Helper()
	e := &Etcd{t: t, dir: ShortDir(t)}
	t.Cleanup(e.Stop)
	return e
}

// Endpoint is the address for clients. It is the same after each start.
func (e *Etcd) Endpoint() string { return "unix://" + filepath.Join(e.dir, "etcd.sock") }

// Stop ends the server. Its data stay for Resume.
func (e *Etcd) Stop() {
	if e.server != nil {
		e.server.Close()
		e.server = nil
	}
}

// Resume starts a stopped server with the data it had.
func (e *Etcd) Resume() { e.start(true) }

// Wipe stops the server, if it runs, and starts it with no data.
func (e *Etcd) Wipe() {
	e.Stop()
	e.start(false)
}

func (e *Etcd) start(keep bool) {
	e.t.Helper()
	server, err := embedded.Start(e.t.Context(), e.dir, embedded.Options{Keep: keep})
	if err != nil {
		e.t.Fatal(err)
	}
	e.server = server
}

// Client is a plain etcd client, to read and change the store.
func (e *Etcd) Client() *clientv3.Client {
	e.t.Helper()
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{e.Endpoint()}})
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = c.Close() })
	return c
}

// ShortDir is a temporary folder whose path is short enough for a
// Unix socket, which that of t.TempDir is not always.
func ShortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
