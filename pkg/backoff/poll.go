package backoff

import (
	"context"
	"time"
)

// Poll calls done every interval until it returns true. Returns false when the
// context has ended first.
func Poll(ctx context.Context, interval time.Duration, done func() bool) bool {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
