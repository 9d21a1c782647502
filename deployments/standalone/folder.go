package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unicode/utf8"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"

	"todokit/pkg/unixsocket"
)

// maxSocketDir is what our sockets leave for the path of their folder, of the
// bytes that a socket's path may have.
const maxSocketDir = unixsocket.MaxPath - len("/user.sock")

// folder is that of the databases, the registry and the sockets.
type folder struct {
	dir     string // absolute
	sockets string // dir, or a folder of a plainer name
	warning string // about what others may do in it; empty: nothing
	lock    *fileutil.LockedFile
}

// openFolder makes the folder if it is missing, for its owner only, and locks it:
// two processes would replace each other's sockets. The mode of a folder that is
// there already is its owner's choice and stays as it is.
func openFolder(name string) (*folder, error) {
	dir, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f := &folder{dir: dir, sockets: dir}
	if f.warning, err = accessWarning(dir); err != nil {
		return nil, err
	}
	f.lock, err = fileutil.TryLockFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fileutil.ErrLocked) {
		err = fmt.Errorf("%s is in use by another process", dir)
	}
	if err != nil {
		return nil, err
	}
	if len(dir) > maxSocketDir || !utf8.ValidString(dir) { // a socket is an address, and that is text
		if f.sockets, err = os.MkdirTemp("", "todokit-"); err != nil {
			return nil, errors.Join(err, f.lock.Close())
		}
	}
	return f, nil
}

// accessWarning tells of a folder in which others may replace the files. Reading
// it tells them the names only: the files are their owner's.
func accessWarning(dir string) (string, error) {
	const others = 0o022
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&others == 0 || runtime.GOOS == "windows" { // where there are no such modes
		return "", err
	}
	return fmt.Sprintf("other accounts may replace the files in %s (mode %04o): chmod go-w it, or name a folder that does not exist yet",
		dir, info.Mode().Perm()), nil
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
