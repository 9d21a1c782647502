package chaos_test

import (
	"context"
	"testing"
	"time"
)

// pausePoint is where a checker pauses.
type pausePoint int

const (
	afterWriting pausePoint = iota // and before reading
	afterReading                   // and before reading again
)

// pauseGate is what checkers are asked to pass, so that something can happen meanwhile.
type pauseGate struct{ began, ended chan struct{} }

// pauseAll waits until all checkers pause. They go on when the function that it
// returns is called.
func (w *staleReadCheck) pauseAll(t *testing.T) (goOn func()) {
	t.Helper()
	r := &pauseGate{began: make(chan struct{}), ended: make(chan struct{})}
	w.asked.Store(r)
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	for range w.checkers {
		select {
		case <-r.began:
		case <-timeout.C:
			t.Fatalf("not every checker pauses within %v", startTimeout)
		}
	}
	return func() {
		w.asked.Store(nil)
		close(r.ended)
	}
}

// pauseAt waits if the checker is asked to pause here, and reports whether it was.
func (w *checker) pauseAt(ctx context.Context, here pausePoint) bool {
	r := w.asked.Load()
	if r == nil || w.pausePoint != here {
		return false
	}
	select {
	case r.began <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
	}
	return true
}
