package balancer

import (
	"time"

	"github.com/sony/gobreaker"
)

// Budget is exported for its test, which sets the clock.
type Budget struct{ *budget }

// NewBudget makes a budget with that clock.
func NewBudget(now func() time.Time) Budget { return Budget{newBudget(now)} }

// Call notes a first attempt.
func (b Budget) Call() { b.call() }

// Retry takes a retry, and reports whether there was one left.
func (b Budget) Retry() bool { return b.retry() }

// Tripped reports whether a breaker opens.
func Tripped(c gobreaker.Counts) bool { return tripped(c) }
