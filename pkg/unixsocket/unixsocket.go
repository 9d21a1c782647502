// Package unixsocket listens on Unix sockets without taking them, or any other
// file, from anybody.
package unixsocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
)

// MaxPath is how many bytes the path of a socket may have on every system: 107 on
// Linux, 103 on macOS.
const MaxPath = 103

// answerTimeout bounds the wait for the process that listens on a socket.
const answerTimeout = time.Second

// The errors of this package. They are wrapped with the path.
var (
	ErrTooLong  = errors.New("the path is too long for a Unix socket")
	ErrInUse    = errors.New("another process listens on it")
	ErrNoSocket = errors.New("there is a file that is no socket; it was not touched")
)

// CheckPath returns ErrTooLong for a path that no socket can have.
func CheckPath(path string) error {
	if len(path) > MaxPath {
		return fmt.Errorf("%s: %w: it has %d bytes, and may have %d", path, ErrTooLong, len(path), MaxPath)
	}
	return nil
}

// Listen makes a socket to which only its owner may connect. It replaces one that
// a dead process left behind. Of several processes that do so at the same time,
// one wins: a lock is held on path.lock for as long as the listener is open. The
// lock's file stays, since another process may have just opened it. The address
// of the listener is absolute.
//
// Returns ErrTooLong, ErrInUse, ErrNoSocket, or what the system says.
func Listen(name string) (net.Listener, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	if _, err := socketAt(path); err != nil { // so that no lock is left beside a foreign file
		return nil, err
	}
	lock, err := fileutil.TryLockFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fileutil.ErrLocked) {
		err = fmt.Errorf("%s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, err
	}
	l, err := bind(path)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	closeOnce := sync.OnceValue(func() error { return errors.Join(l.Close(), lock.Close()) })
	return &listener{Listener: l, close: closeOnce}, nil
}

// listener keeps the lock of its path until it is closed.
type listener struct {
	net.Listener
	close func() error
}

// Close removes the socket, and then gives up the lock. It may be called again.
func (l *listener) Close() error { return l.close() }

func bind(path string) (net.Listener, error) {
	if err := RemoveStale(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path) //nolint:noctx // binding does not wait for anything
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// RemoveStale removes a socket on which nobody listens. Anything else at the path
// stays: ErrInUse if somebody answers, ErrNoSocket for another kind of file.
func RemoveStale(path string) error {
	if there, err := socketAt(path); err != nil || !there {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("%s: %w", path, ErrInUse), c.Close())
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	default: // another account's, another type of socket, a full queue
		return fmt.Errorf("there is a socket that may be in use; it was not touched: %w", err)
	}
}

// socketAt reports whether there is a socket at the path. Returns ErrNoSocket if
// there is another kind of file.
func socketAt(path string) (bool, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode().Type() != os.ModeSocket:
		return false, fmt.Errorf("%s: %w", path, ErrNoSocket)
	}
	return true, nil
}
