package balancer

import (
	"time"

	"github.com/sony/gobreaker"
)

// Budget is exported for its test: only its clock makes a day of it bearable.
type Budget struct{ *budget }

// NewBudget makes a budget on a clock of the test's.
func NewBudget(now func() time.Time) Budget { return Budget{newBudget(now)} }

// Call notes a first attempt.
func (b Budget) Call() { b.call() }

// Retry notes a repeated attempt, if there is one left.
func (b Budget) Retry() bool { return b.retry() }

// Tripped says whether a breaker opens.
func Tripped(c gobreaker.Counts) bool { return tripped(c) }
