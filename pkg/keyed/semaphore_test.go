package keyed_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"todokit/pkg/keyed"
)

func acquire(t *testing.T, s *keyed.Semaphore[string], key string) (release func()) {
	t.Helper()
	release, err := s.Acquire(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// await waits until so many hold a key or wait for it.
func await(s *keyed.Semaphore[string], key string, users int) {
	for s.Users(key) != users {
		runtime.Gosched()
	}
}

func TestSemaphore_HeldByAnother_LetInAfterwards(t *testing.T) {
	t.Parallel()
	s := keyed.NewSemaphore[string](1)
	release := acquire(t, s, "a")
	const waiting = 20
	entered := 0
	var all sync.WaitGroup
	for n := range waiting {
		all.Go(func() {
			release, err := s.Acquire(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			entered++ // by who holds the only place
			release()
		})
		await(s, "a", n+2)
	}
	release()
	all.Wait()
	if entered != waiting || s.Keys() != 0 {
		t.Errorf("%d were let in, want %d; %d keys are left", entered, waiting, s.Keys())
	}
}

func TestSemaphore_OtherKey_NotWaitedFor(t *testing.T) {
	t.Parallel()
	s := keyed.NewSemaphore[string](1)
	release := acquire(t, s, "a")
	acquire(t, s, "b")()
	release()
	acquire(t, s, "a")()
}

func TestSemaphore_SeveralPlaces_SoManyAtATime(t *testing.T) {
	t.Parallel()
	s := keyed.NewSemaphore[string](2)
	first, second := acquire(t, s, "a"), acquire(t, s, "a")
	let := make(chan struct{})
	go func() {
		acquire(t, s, "a")()
		close(let)
	}()
	await(s, "a", 3)
	select {
	case <-let:
		t.Error("a third was let in")
	default:
	}
	first()
	<-let
	second()
}

func TestSemaphore_ContextEnds_LeavesTheQueue(t *testing.T) {
	t.Parallel()
	s := keyed.NewSemaphore[string](1)
	release := acquire(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.Acquire(ctx, "a")
		left <- err
	}()
	await(s, "a", 2)
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	release()
	if _, err := s.Acquire(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("of a place that is free: %v", err)
	}
	if s.Keys() != 0 {
		t.Errorf("%d keys are left", s.Keys())
	}
}

func TestSemaphore_Concurrent_NeverMoreThanPlaces(t *testing.T) {
	t.Parallel()
	s := keyed.NewSemaphore[int](1)
	counts := make([]int, 3)
	var all sync.WaitGroup
	for n := range 300 {
		all.Go(func() {
			release, err := s.Acquire(t.Context(), n%3)
			if err != nil {
				t.Error(err)
				return
			}
			counts[n%3]++ // which the race detector watches
			release()
		})
	}
	all.Wait()
	if !slices.Equal(counts, []int{100, 100, 100}) {
		t.Errorf("counted %v", counts)
	}
}
