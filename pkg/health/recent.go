package health

import (
	"context"
	"time"
)

// recentAge is how old a result may be that is told to the public.
const recentAge = time.Second

// Recent tells the readiness of a process to anybody: at most once a second, the
// dependencies are really checked, for all who ask.
type Recent struct {
	checker *Checker
	now     func() time.Time

	turn  chan struct{} // has an element during a check, for which the others wait
	at    time.Time
	ready bool
}

// NewRecent returns the readiness that a Checker finds.
func NewRecent(c *Checker, now func() time.Time) *Recent {
	return &Recent{checker: c, now: now, turn: make(chan struct{}, 1)}
}

// Ready reports whether the process is ready, or was within the last second. A
// process that is about to stop is not ready at once, nor for a caller who leaves
// while others check.
func (r *Recent) Ready(ctx context.Context) bool {
	if r.checker.Draining() {
		return false
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return false
	}
	if age := r.now().Sub(r.at); age < 0 || age >= recentAge {
		// Whoever asked may leave: the others want to know, too.
		r.ready, _ = r.checker.Ready(context.WithoutCancel(ctx))
		r.at = r.now()
	}
	return r.ready && !r.checker.Draining()
}
