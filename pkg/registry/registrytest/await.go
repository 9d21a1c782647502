package registrytest

import (
	"testing"
	"time"
)

// patience is far more than anything takes; it only ends a test that fails.
const patience = 30 * time.Second

// Await waits until done reports true.
func Await(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !done() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
