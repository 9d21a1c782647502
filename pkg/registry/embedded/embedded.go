// Package embedded runs an etcd inside the process, on a Unix socket and
// without any TCP port: for the standalone binary, which needs no other software,
// and for tests, which need no fake etcd.
//
// It is a registry that begins empty, not a database: nothing is synced to
// disk, and what an earlier process left in its folder is removed at start.
package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/go-kit/log"
	"go.etcd.io/etcd/server/v3/embed"

	"todokit/pkg/diskspace"
	"todokit/pkg/unixsocket"
)

// dataDir is etcd's folder, inside the server's. etcd keeps all its files in
// etcdFiles in there.
const (
	dataDir   = "registry"
	etcdFiles = "member"
)

// Options of an embedded etcd. The zero value is ready.
type Options struct {
	Logger log.Logger // for what goes wrong in etcd; nil: dropped
	Keep   bool       // the data that are in the folder
	Socket string     // absolute path; empty: etcd.sock in the folder
}

// Server is a running etcd.
type Server struct {
	etcd          *embed.Etcd
	cancelStreams context.CancelFunc
	dir           string
	socket        string
	failed        chan error
}

// Start runs an etcd in dir and returns once it serves. The folder is made if
// it is missing, accessible to its owner only; the data of an earlier server in
// it are removed. ctx bounds the start, not the life of the server.
//
// Returns diskspace.ErrFull where the disk has too little left, and the errors of
// package unixsocket where the socket's path cannot be used.
func Start(ctx context.Context, dir string, opts Options) (*Server, error) {
	dir, err := prepare(dir, opts.Keep)
	if err != nil {
		return nil, fmt.Errorf("embedded etcd: %w", err)
	}
	s := &Server{dir: dir, socket: cmp.Or(opts.Socket, filepath.Join(dir, "etcd.sock")), failed: make(chan error, 1)}
	// etcd itself would remove whatever is at the socket's path, and panic on a full disk.
	err = errors.Join(unixsocket.CheckPath(s.socket), unixsocket.RemoveStale(s.socket), diskspace.Require(dir, neededSpace))
	if err == nil {
		err = s.start(ctx, opts.Logger)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded etcd: %w", err)
	}
	return s, os.Chmod(s.socket, 0o600)
}

// start starts etcd and waits until it serves.
func (s *Server) start(ctx context.Context, logger log.Logger) error {
	streams, cancelStreams := context.WithCancel(context.WithoutCancel(ctx))
	s.cancelStreams = cancelStreams
	if err := s.launch(configure(streams, s, logger)); err != nil {
		cancelStreams()
		return err
	}
	var err error
	select {
	case <-s.etcd.Server.ReadyNotify():
		return nil
	case err = <-s.failed: // it does not close any more
		cancelStreams()
		return err
	case err = <-s.etcd.Err():
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Close()
	return fmt.Errorf("it did not become ready: %w", err)
}

// launch calls StartEtcd in a goroutine of its own, which ends where etcd would
// end the process; see failureHook.
func (s *Server) launch(cfg *embed.Config) error {
	launched := make(chan error, 1)
	go func() {
		err := errors.New("it ended")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			launched <- s.explain(err)
		}()
		s.etcd, err = embed.StartEtcd(cfg)
	}()
	select {
	case err := <-s.failed:
		return err
	case err := <-launched:
		select {
		case err = <-s.failed: // which is why it ended
		default:
		}
		return err
	}
}

// explain tells of a full disk.
func (s *Server) explain(err error) error {
	if err == nil || errors.Is(err, diskspace.ErrFull) || !errors.Is(err, syscall.ENOSPC) && !diskspace.Full(s.dir) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", diskspace.ErrFull, s.dir, err)
}

// prepare makes the folder, and removes what an earlier server left in it, but
// no other files: the folder may be mistyped.
func prepare(dir string, keep bool) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if !keep {
		if err := os.RemoveAll(filepath.Join(dir, dataDir, etcdFiles)); err != nil {
			return "", err
		}
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// Endpoint is the URL for clients: "unix:///…/etcd.sock".
func (s *Server) Endpoint() string { return (&url.URL{Scheme: "unix", Path: s.socket}).String() }

// Wait waits until the server ends by itself, and returns why, or until ctx ends.
// A server that has ended cannot be closed.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case err := <-s.failed:
		return fmt.Errorf("embedded etcd: %w", err)
	case err := <-s.etcd.Err():
		return fmt.Errorf("embedded etcd: %w", s.explain(err))
	case <-ctx.Done():
		return nil
	}
}

// Close stops the server and returns when it has stopped.
func (s *Server) Close() {
	s.cancelStreams()
	s.etcd.Close()
	<-s.etcd.Server.StopNotify()
}
