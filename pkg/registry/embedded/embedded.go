// Package embedded runs an etcd inside the process, on a Unix socket and
// without any TCP port: for the standalone binary, which needs no other software,
// and for tests, which need no fake etcd.
//
// It is a registry that begins empty, not a database: nothing is synced to
// disk, and what an earlier process left in its folder is removed at start.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-kit/log"
	"go.etcd.io/etcd/server/v3/embed"
)

// dataDir is where etcd keeps its files, inside the server's folder.
const dataDir = "registry"

// maxSocketPath is what the kernel accepts as the path of a Unix socket.
const maxSocketPath = 107

// ErrSocketPath is returned where the folder's path is too long for that of a
// socket in it.
var ErrSocketPath = errors.New("path is too long for a unix socket")

// Options of an embedded etcd. The zero value is ready.
type Options struct {
	Logger log.Logger // for what goes wrong in etcd; nil: dropped
	Keep   bool       // the data that are in the folder
}

// Server is a running etcd.
type Server struct {
	etcd          *embed.Etcd
	cancelStreams context.CancelFunc
	socket        string
}

// Start runs an etcd in dir and returns once it serves. The folder is made if
// it is missing, accessible to its owner only; the data of an earlier server in
// it are removed. ctx bounds the start, not the life of the server.
//
// Returns ErrSocketPath where dir is too long a path.
func Start(ctx context.Context, dir string, opts Options) (*Server, error) {
	dir, err := prepare(dir, opts.Keep)
	if err != nil {
		return nil, fmt.Errorf("embedded etcd: %w", err)
	}
	s := &Server{socket: filepath.Join(dir, "etcd.sock")}
	if len(s.socket) > maxSocketPath {
		return nil, fmt.Errorf("embedded etcd: %w: %q has %d bytes, at most %d", ErrSocketPath, s.socket, len(s.socket), maxSocketPath)
	}
	streams, cancelStreams := context.WithCancel(context.WithoutCancel(ctx))
	s.cancelStreams = cancelStreams
	if s.etcd, err = embed.StartEtcd(configure(streams, dir, s.socket, opts.Logger)); err != nil {
		cancelStreams()
		return nil, fmt.Errorf("embedded etcd: %w", err)
	}
	select {
	case <-s.etcd.Server.ReadyNotify():
		return s, os.Chmod(s.socket, 0o600)
	case err = <-s.etcd.Err():
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Close()
	return nil, fmt.Errorf("embedded etcd did not become ready: %w", err)
}

// prepare makes the folder, and removes what an earlier server left in it, but
// no other files: the folder may be mistyped.
func prepare(dir string, keep bool) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if !keep {
		if err := os.RemoveAll(filepath.Join(dir, dataDir)); err != nil {
			return "", err
		}
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// Endpoint is the address for clients: "unix:///…/etcd.sock".
func (s *Server) Endpoint() string { return "unix://" + s.socket }

// Failed receives the error with which the server ended by itself.
func (s *Server) Failed() <-chan error { return s.etcd.Err() }

// Close stops the server and returns when it has stopped.
func (s *Server) Close() {
	s.cancelStreams()
	s.etcd.Close()
	<-s.etcd.Server.StopNotify()
}
