package chaos_test

import (
	"context"
	"testing"
	"time"
)

// resting is where a witness rests.
type resting int

const (
	afterWriting resting = iota // and before reading
	afterReading                // and before reading again
)

// rest is what witnesses are asked for, so that something can happen meanwhile.
type rest struct{ began, ended chan struct{} }

// rest waits until all witnesses rest. They go on when the function that it
// returns is called.
func (w *watch) rest(t *testing.T) (goOn func()) {
	t.Helper()
	r := &rest{began: make(chan struct{}), ended: make(chan struct{})}
	w.asked.Store(r)
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for range w.witnesses {
		select {
		case <-r.began:
		case <-timeout.C:
			t.Fatalf("not every witness rests within %v", patience)
		}
	}
	return func() {
		w.asked.Store(nil)
		close(r.ended)
	}
}

// rest waits if the witness is asked to rest here, and reports whether it was.
func (w *witness) rest(ctx context.Context, here resting) bool {
	r := w.asked.Load()
	if r == nil || w.rests != here {
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
