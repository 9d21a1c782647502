package balancer

import (
	"sync"
	"time"
)

// A budget covers the last ten seconds, in steps of one.
const (
	budgetSteps = 10
	budgetStep  = time.Second
	budgetShare = 0.1 // of the calls may be repeated
	budgetFloor = 10  // of each step may be repeated in any case
)

// budget keeps retries from multiplying the load of a service that fails because
// of its load.
type budget struct {
	now func() time.Time

	mu    sync.Mutex
	step  int64               // the number of the current step
	steps [budgetSteps]counts // a ring
	total counts              // the sum of the ring
}

type counts struct{ calls, retries int }

func newBudget(now func() time.Time) *budget { return &budget{now: now} }

// call notes a first attempt.
func (b *budget) call() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current().calls++
	b.total.calls++
}

// retry takes a retry, and reports whether there was one left.
func (b *budget) retry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	current := b.current()
	if float64(b.total.retries) >= max(budgetFloor*budgetSteps, budgetShare*float64(b.total.calls)) {
		return false
	}
	current.retries++
	b.total.retries++
	return true
}

// current returns the current step, after dropping those that are too old.
func (b *budget) current() *counts {
	step := b.now().UnixNano() / int64(budgetStep)
	for b.step = max(b.step, step-budgetSteps); b.step < step; {
		b.step++
		old := &b.steps[b.step%budgetSteps]
		b.total.calls -= old.calls
		b.total.retries -= old.retries
		*old = counts{}
	}
	return &b.steps[b.step%budgetSteps]
}
