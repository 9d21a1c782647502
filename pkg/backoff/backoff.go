// Package backoff waits between attempts: longer after each failure, and
// jittered, so that many processes do not come back in the same moment.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is the wait after a failure. It doubles from First to Max.
type Backoff struct {
	first, most, next time.Duration
}

// New returns a Backoff whose first wait is about first, and no wait much
// longer than most.
func New(first, most time.Duration) *Backoff {
	return &Backoff{first: first, most: most, next: first}
}

// Reset begins anew with the first wait, after a success.
func (b *Backoff) Reset() { b.next = b.first }

// Wait waits, and reports whether the context is still alive.
func (b *Backoff) Wait(ctx context.Context) bool {
	d := Jitter(b.next)
	b.next = min(2*b.next, b.most)
	return Sleep(ctx, d)
}

// Jitter returns d, give or take a fifth of it.
func Jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// Sleep waits for d, and reports whether the context is still alive.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Retry calls do until it succeeds, with a wait after each failure. It calls
// failed with the error and the number of failures in a row. Returns false when
// the context has ended first.
func (b *Backoff) Retry(ctx context.Context, do func(context.Context) error, failed func(err error, n int)) bool {
	for n := 1; ; n++ {
		err := do(ctx)
		if err == nil {
			b.Reset()
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		failed(err, n)
		if !b.Wait(ctx) {
			return false
		}
	}
}

// Every calls do again and again until the context ends, with waits of about
// interval between the calls: anything from half of it to one and a half, so
// that instances which start together do not work together.
func Every(ctx context.Context, interval time.Duration, do func(context.Context)) {
	for Sleep(ctx, interval/2+rand.N(interval)) {
		do(ctx)
	}
}
