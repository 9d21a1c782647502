package loadshed_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

const wait = 100 * time.Millisecond

func newLimiter(concurrent, queue int) (*loadshed.Limiter, *prometheus.Registry) {
	reg := prometheus.NewRegistry()
	return loadshed.New(loadshed.Options{Name: "test", Concurrent: concurrent, Queue: queue, Wait: wait, Registerer: reg}), reg
}

func enter(t *testing.T, l *loadshed.Limiter) {
	t.Helper()
	if err := l.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLimiter_SeveralWait_Order(t *testing.T) {
	t.Parallel()
	for inOrder, want := range map[bool][]int{false: {2, 1, 0}, true: {0, 1, 2}} {
		synctest.Test(t, func(t *testing.T) {
			l := loadshed.New(loadshed.Options{
				Name: "test", Concurrent: 1, Queue: 3, Wait: wait, InOrder: inOrder, Registerer: prometheus.NewRegistry(),
			})
			enter(t, l)
			var order []int
			var all sync.WaitGroup
			for n := range 3 {
				all.Go(func() {
					enter(t, l)
					order = append(order, n) // one at a time, since the limiter has one place
					l.Leave()
				})
				synctest.Wait()
			}
			l.Leave()
			all.Wait()
			if !slices.Equal(order, want) {
				t.Errorf("in order %t: got %v, want %v", inOrder, order, want)
			}
		})
	}
}

func TestLimiter_QueueFullOrWaitOver_Refuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, reg := newLimiter(1, 1)
		if err := l.Saturated(); err != nil {
			t.Errorf("an empty limiter refuses: %v", err)
		}
		enter(t, l)
		if err := l.Saturated(); err != nil {
			t.Errorf("a limiter with room in its queue refuses: %v", err)
		}
		waited := make(chan error)
		begin := time.Now()
		go func() { waited <- l.Enter(t.Context()) }()
		synctest.Wait()

		if err := l.Enter(t.Context()); !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != 0 {
			t.Errorf("with a full queue: %v after %v", err, time.Since(begin))
		}
		if err := l.Saturated(); !errors.Is(err, errs.ErrOverloaded) {
			t.Errorf("a full limiter does not refuse: %v", err)
		}
		if err := <-waited; !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != wait {
			t.Errorf("in the queue: %v after %v", err, time.Since(begin))
		}
		want := `
# HELP todokit_loadshed_in_flight Requests that are being worked on.
# TYPE todokit_loadshed_in_flight gauge
todokit_loadshed_in_flight{limiter="test"} 1
# HELP todokit_loadshed_queued Requests that wait for a place.
# TYPE todokit_loadshed_queued gauge
todokit_loadshed_queued{limiter="test"} 0
# HELP todokit_loadshed_shed_total Requests that were turned away: full (too many waited), late (none of the places came free in time) or share (the user or address had its share of the places).
# TYPE todokit_loadshed_shed_total counter
todokit_loadshed_shed_total{limiter="test",reason="full"} 2
todokit_loadshed_shed_total{limiter="test",reason="late"} 1
todokit_loadshed_shed_total{limiter="test",reason="share"} 0
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		l.Leave()
		enter(t, l) // the place was not lost to the one that gave up
		l.Leave()
	})
}

func TestLimiter_CallerLeavesTheQueue_TakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, _ := newLimiter(1, 2)
		enter(t, l)
		gone, cancel := context.WithCancel(t.Context())
		late, stop := context.WithTimeout(t.Context(), wait/2)
		defer stop()
		results := make(chan error, 2)
		go func() { results <- l.Enter(gone) }()
		synctest.Wait()
		cancel()
		if err := <-results; !errors.Is(err, errs.ErrCancelled) {
			t.Errorf("gone: %v", err)
		}
		go func() { results <- l.Enter(late) }()
		if err := <-results; !errors.Is(err, errs.ErrOverloaded) {
			t.Errorf("its time was over: %v", err)
		}
		l.Leave()
		enter(t, l)
		l.Leave()
	})
}

// However a free place, a time-out and a leaving caller coincide, no place is lost
// and none is given twice.
func TestLimiter_ConcurrentUse_PlacesAreNeitherLostNorDoubled(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(4, 8)
	var mu sync.Mutex
	inside, most, served := 0, 0, 0
	note := func(change int) {
		mu.Lock()
		defer mu.Unlock()
		inside += change
		most = max(most, inside)
		served++
	}
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if (n+i)%3 == 0 {
					go cancel()
				}
				if l.Enter(ctx) == nil {
					note(1)
					note(-1)
					l.Leave()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if most > 4 || served == 0 {
		t.Errorf("%d were inside at a time, %d were served", most, served)
	}
	for range 4 {
		enter(t, l)
	}
}

func TestLimiter_NoLimit_NeverRefuses(t *testing.T) {
	t.Parallel()
	l := loadshed.New(loadshed.Options{})
	for range 3 {
		enter(t, l)
	}
	if err := l.Saturated(); err != nil {
		t.Error(err)
	}
	l.Leave()
}

func TestConfig_BadValue_NamesTheKey(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]loadshed.Config{
		"concurrent": {Concurrent: -1}, "queue": {Queue: -1}, "wait": {Wait: -1},
	} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), key) {
			t.Errorf("%s: got %v", key, err)
		}
	}
	if err := (loadshed.Config{Concurrent: 1, Queue: 1, Wait: 1}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestLimiter_CallerGone_TakesNoPlace(t *testing.T) {
	t.Parallel()
	limiter, _ := newLimiter(1, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := limiter.Enter(gone); !errors.Is(err, errs.ErrCancelled) {
		t.Errorf("cancelled: got %v", err)
	}
	late, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	if err := limiter.Enter(late); !errors.Is(err, errs.ErrOverloaded) {
		t.Errorf("its time was over: got %v", err)
	}
	enter(t, limiter)
	limiter.Leave()
}

func TestConfig_Scans_HaveFewPlacesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for concurrent, want := range map[int]int{128: 8, 64: 4, 1: 4} {
		scans := loadshed.Config{Concurrent: concurrent}.Scans("scans", prometheus.NewRegistry())
		for n := range want {
			if err := scans.EnterFor(t.Context(), loadshed.Key{byte(n / 2)}); err != nil {
				t.Errorf("of %d places, scan %d: %v", concurrent, n, err)
			}
		}
		if err := scans.EnterFor(t.Context(), loadshed.Key{}); !errors.Is(err, errs.ErrOverloaded) {
			t.Errorf("of %d places, one scan more than %d: %v", concurrent, want, err)
		}
		if err := scans.EnterFor(t.Context(), loadshed.Key{0: 1}); !errors.Is(err, errs.ErrTooManyAtOnce) {
			t.Errorf("a third scan of one user: %v", err)
		}
	}
	if (loadshed.Config{}).Scans("scans", nil) != nil {
		t.Error("there is a limit where there is to be none")
	}
}
