package e2e_test

import (
	"testing"
	"time"
)

// eventually asks again and again until the answer is good: for what has no
// event to wait for outside of the processes.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	timeout := time.NewTimer(waitTimeout)
	defer timeout.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-timeout.C:
			t.Fatalf("%s: not in %v: %v", what, waitTimeout, err)
		}
	}
}
