package balancer_test

import (
	"testing"

	"github.com/sony/gobreaker"

	"todokit/pkg/balancer"
)

func TestBreaker_Tripped_HalfOfTheLastCallsFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts gobreaker.Counts
		opens  bool
	}{
		"all of too few":             {gobreaker.Counts{TotalFailures: 19, ConsecutiveFailures: 19}, false},
		"half of enough":             {gobreaker.Counts{TotalSuccesses: 10, TotalFailures: 10, ConsecutiveFailures: 1}, true},
		"less than half":             {gobreaker.Counts{TotalSuccesses: 11, TotalFailures: 9, ConsecutiveFailures: 9}, false},
		"half of the last, of many":  {gobreaker.Counts{TotalSuccesses: 150, TotalFailures: 10, ConsecutiveFailures: 10}, true},
		"some of many, now and then": {gobreaker.Counts{TotalSuccesses: 150, TotalFailures: 40, ConsecutiveFailures: 9}, false},
		"hanging calls do not count": {gobreaker.Counts{Requests: 500, TotalSuccesses: 10, TotalFailures: 10}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := balancer.Tripped(c.counts); got != c.opens {
				t.Errorf("opens: %v, want %v", got, c.opens)
			}
		})
	}
}
