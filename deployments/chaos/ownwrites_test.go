package chaos_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// minObservations is how often everybody reads everything while nothing else changes.
const minObservations = 10

// ownWritesAreRead kills a task instance (kill -9), freezes the other one, and
// kills both, while users look for what they have just written, through another
// gateway and through the same.
func ownWritesAreRead(t *testing.T) row {
	s := newSystem(t, setup{gateways: 2})
	begin := time.Now()
	w := s.startWatch(t, times(16, 4))
	one, other := s.instances[taskService][0], s.instances[taskService][1]
	w.pass(t, minObservations, true)
	var slowest time.Duration
	for range times(5, 1) {
		one.kill()
		w.pass(t, minObservations, true)
		slowest = max(slowest, one.restart(t, taskService))
		w.pass(t, minObservations, true)
	}
	other.signal(t, syscall.SIGSTOP)
	pause(t.Context(), times(8*time.Second, 2*time.Second))
	w.pass(t, 1, true) // slowly, in the short form: so few users do not open a breaker
	other.resume(t)
	w.pass(t, minObservations, true)
	slowest = max(slowest, w.withoutTasks(t, s))
	w.pass(t, minObservations, true)
	return w.end(t, begin, slowest)
}

// withoutTasks kills all task instances at moments at which a stale answer
// would show: half of the users have not yet read what they have just written,
// so that their gateway must have forgotten what it knew, and half have, so that
// it must show that. Returns how long it took the instances to come back.
func (w *staleReadCheck) withoutTasks(t *testing.T, s *system) time.Duration {
	t.Helper()
	goOn := w.pauseAll(t)
	for _, i := range s.instances[taskService] {
		i.kill()
	}
	goOn()
	w.pass(t, minObservations, false)
	begin := time.Now()
	for _, i := range s.instances[taskService] {
		i.start(t)
	}
	for _, i := range s.instances[taskService] {
		i.whenReady(t)
	}
	s.whenKnown(t, 2)
	return time.Since(begin)
}

// end ends a scenario in which nothing stale may have been read.
func (w *staleReadCheck) end(t *testing.T, begin time.Time, recovered time.Duration) row {
	t.Helper()
	w.stop()
	old := w.pick(func(s sample) bool { return errors.Is(s.err, errStale) })
	wantNone(t, "without a write that was acknowledged", old, begin)
	wantNone(t, "neither right nor refused as they should be", w.pick(func(s sample) bool {
		return s.verdict == wrong && !errors.Is(s.err, errStale)
	}), begin)
	f := sum(w.pick(func(sample) bool { return true }))
	if f.stale == 0 {
		t.Error("not one of the last known answers was given")
	}
	if w.own.Load() == 0 {
		t.Error("not one of the last known answers was given by the gateway of the last write")
	}
	return row{statistics: f, recovered: recovered, note: fmt.Sprintf("%d writes, %d reads checked (%d stale and marked so, %d of them where the last write was made), %d without a write",
		w.written.Load(), w.judged.Load(), f.stale, w.own.Load(), len(old))}
}
