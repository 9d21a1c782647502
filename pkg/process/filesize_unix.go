//go:build unix

package process

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal makes a write beyond the limit on the size of files (ulimit
// -f) an error like any other. The signal would end the process with a stack.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
