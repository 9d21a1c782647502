package registrytest

import (
	"testing"
	"time"
)

// timeout is far more than anything takes: it only ends a test that fails.
const timeout = 30 * time.Second

// Await waits until done reports true.
func Await(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("timed out waiting for: %s", what)
		}
	}
}
