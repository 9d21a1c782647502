package tasktest

import (
	"errors"
	"sync"
	"testing"
)

// racers is how many do something at the same time.
const racers = 8

// race runs do at the same time, and returns what each has returned.
func race(do func(n int) error) []error {
	results := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for n := range racers {
		wg.Go(func() {
			<-start
			results[n] = do(n)
		})
	}
	close(start)
	wg.Wait()
	return results
}

// count returns how many succeeded, and demands that the others were refused
// with one of the errors.
func count(t *testing.T, results []error, allowed ...error) int {
	t.Helper()
	won := 0
	for _, err := range results {
		expected := err == nil
		if expected {
			won++
		}
		for _, a := range allowed {
			expected = expected || errors.Is(err, a)
		}
		if !expected {
			t.Errorf("got %v", err)
		}
	}
	return won
}
