package health

import (
	"context"
	"sync"
	"time"
)

// recentAge is how old a result may be that is told to the public.
const recentAge = time.Second

// Recent tells the readiness of a process to anybody: at most once a second, the
// dependencies are really checked, for all who ask.
type Recent struct {
	checker *Checker
	now     func() time.Time

	mu    sync.Mutex // held during a check, for which the others wait
	at    time.Time
	ready bool
}

// NewRecent returns the readiness that a Checker finds.
func NewRecent(c *Checker, now func() time.Time) *Recent { return &Recent{checker: c, now: now} }

// Ready reports whether the process is ready, or was within the last second. A
// process that is about to stop is not ready at once.
func (r *Recent) Ready(ctx context.Context) bool {
	if r.checker.Draining() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := r.now().Sub(r.at); age < 0 || age >= recentAge {
		// Whoever asked may leave: the others want to know, too.
		r.ready, _ = r.checker.Ready(context.WithoutCancel(ctx))
		r.at = r.now()
	}
	return r.ready && !r.checker.Draining()
}
