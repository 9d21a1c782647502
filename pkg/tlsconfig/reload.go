package tlsconfig

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// reloader holds a value that was read from files, and reads it again when one of
// them has changed.
type reloader[T any] struct {
	names []string
	read  func() (T, error)

	mu    sync.Mutex
	state string // of the files when value was read
	value T
}

// newReloader reads for the first time, and returns the error of that.
func newReloader[T any](read func() (T, error), names ...string) (*reloader[T], error) {
	r := &reloader[T]{names: names, read: read}
	r.state = r.stat()
	var err error
	r.value, err = read()
	return r, err
}

// get returns the newest value that could be read: while new files are half
// written, the old value stays.
func (r *reloader[T]) get() T {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.stat()
	if state == r.state {
		return r.value
	}
	if value, err := r.read(); err == nil {
		r.value, r.state = value, state
	}
	return r.value
}

// stat returns what changes with the content of the files. It is taken before they
// are read: after a change in between they are read once more.
func (r *reloader[T]) stat() string {
	var b strings.Builder
	for _, name := range r.names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&b, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}
