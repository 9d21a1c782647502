package balancer_test

import (
	"testing"
	"time"

	"todokit/pkg/balancer"
)

// spend takes all retries there are, and returns how many there were.
func spend(b balancer.Budget) int {
	n := 0
	for b.Retry() {
		n++
	}
	return n
}

func TestBudget_Retry_TenthOfTheCalls(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	b := balancer.NewBudget(func() time.Time { return now })
	call := func(n int) {
		for range n {
			b.Call()
		}
	}
	expect := func(what string, want int) {
		t.Helper()
		if got := spend(b); got != want {
			t.Errorf("%s: %d retries, want %d", what, got, want)
		}
	}
	expect("without a call, ten a second for ten seconds", 100)
	call(900)
	expect("a tenth of 900 is less than that", 0)
	call(200)
	expect("a tenth of 1100", 10)
	now = now.Add(9 * time.Second)
	expect("still within ten seconds", 0)
	now = now.Add(time.Second)
	expect("all dropped", 100)
	now = now.Add(time.Hour)
	call(5000)
	expect("a tenth of 5000", 500)
	now = now.Add(-time.Minute) // a clock set back
	expect("nothing more, and no panic", 0)
}
