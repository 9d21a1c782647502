package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketDir is what our sockets leave for the path of their folder, of the 107
// bytes that a socket's path may have.
const maxSocketDir = 80

// folder is that of the databases and the sockets.
type folder struct {
	dir     string // absolute
	sockets string // dir, or a folder of a shorter name
	lock    *os.File
}

// openFolder makes the folder if it is missing, for its owner only, and locks it:
// two processes would replace each other's sockets.
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

// close unlocks the folder. The lock's file stays: another process may have just
// opened it.
func (f *folder) close() error {
	var err error
	if f.sockets != f.dir {
		err = os.RemoveAll(f.sockets)
	}
	return errors.Join(err, f.lock.Close())
}
