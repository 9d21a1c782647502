package process

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// files is what was read from some files. It is read again when one of them
// has changed, so that certificates can be renewed without a restart.
type files[T any] struct {
	names []string
	read  func() (T, error)

	mu    sync.Mutex
	seen  string // the state of the files when value was read
	value T
}

// readFiles reads for the first time, and returns its error.
func readFiles[T any](read func() (T, error), names ...string) (*files[T], error) {
	f := &files[T]{names: names, read: read}
	f.seen = f.state()
	var err error
	f.value, err = read()
	return f, err
}

// current returns the newest value that could be read: while a renewal is only
// half written, the old one serves on.
func (f *files[T]) current() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.state()
	if state == f.seen {
		return f.value
	}
	if value, err := f.read(); err == nil {
		f.value, f.seen = value, state
	}
	return f.value
}

// state tells one content of the files from the next. It is taken before they
// are read: what changes in between is read once more.
func (f *files[T]) state() string {
	var b strings.Builder
	for _, name := range f.names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&b, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}
