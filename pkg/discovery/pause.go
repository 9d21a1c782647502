package discovery

import (
	"context"
	"math/rand/v2"
	"time"
)

// pause is the time to wait after a failure: it doubles from first to most,
// and is jittered so that many processes do not come back in the same moment.
type pause struct {
	first, most, next time.Duration
}

func newPause(first, most time.Duration) *pause {
	return &pause{first: first, most: most, next: first}
}

func (p *pause) reset() { p.next = p.first }

// wait waits, or returns early when the context ends.
func (p *pause) wait(ctx context.Context) {
	sleep(ctx, jittered(p.next))
	p.next = min(2*p.next, p.most)
}

// jittered is d, give or take a fifth of it.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// sleep waits for d, and reports whether the context is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
