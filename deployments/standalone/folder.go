package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketDir leaves room, in the 107 bytes that a socket's path may have,
// for the names of ours.
const maxSocketDir = 80

// folder is where everything lives that outlasts the process, and the sockets.
type folder struct {
	dir     string // absolute
	sockets string // dir, or a folder of a shorter name
	lock    *os.File
}

// openFolder makes the folder if it is missing, closes it to other accounts,
// and takes it for this process alone: two of them would take each other's
// sockets away.
func openFolder(name string) (*folder, error) {
	dir, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs the x
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another process", dir), lock.Close())
	}
	f := &folder{dir: dir, sockets: dir, lock: lock}
	if len(dir) > maxSocketDir {
		if f.sockets, err = os.MkdirTemp("", "todokit-"); err != nil {
			return nil, errors.Join(err, lock.Close())
		}
	}
	return f, nil
}

// close gives the folder free. The lock's file stays: removing it could take
// it away from a process that has just opened it.
func (f *folder) close() error {
	var err error
	if f.sockets != f.dir {
		err = os.RemoveAll(f.sockets)
	}
	return errors.Join(err, f.lock.Close())
}
