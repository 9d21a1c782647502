package backoff_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"todokit/pkg/backoff"
)

// elapsed is how long f takes, on the fake clock of a synctest bubble.
func elapsed(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// expectAbout fails unless got is within a fifth of want.
func expectAbout(t *testing.T, got, want time.Duration) {
	t.Helper()
	if got < want*8/10 || got > want*12/10 {
		t.Errorf("waited %v, want about %v", got, want)
	}
}

func TestBackoff_Wait_DoublesToTheMaximum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := backoff.New(time.Second, 5*time.Second)
		wait := func() {
			if !b.Wait(t.Context()) {
				t.Error("Wait reports that the context has ended")
			}
		}
		for _, seconds := range []int{1, 2, 4, 5, 5} {
			expectAbout(t, elapsed(wait), time.Duration(seconds)*time.Second)
		}
		b.Reset()
		expectAbout(t, elapsed(wait), time.Second)
	})
}

func TestBackoff_Wait_ContextEnded_ReturnsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		took := elapsed(func() {
			if backoff.New(time.Hour, time.Hour).Wait(ctx) {
				t.Error("Wait reports that the context is alive")
			}
		})
		if took != 0 {
			t.Errorf("waited %v", took)
		}
	})
}

func TestSleep_ContextEndsFirst_ReturnsFalseThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		took := elapsed(func() {
			if backoff.Sleep(ctx, time.Hour) {
				t.Error("Sleep reports that the context is alive")
			}
		})
		if took != time.Minute {
			t.Errorf("slept %v, want 1m", took)
		}
		if took := elapsed(func() { backoff.Sleep(t.Context(), time.Hour) }); took != time.Hour {
			t.Errorf("slept %v, want 1h", took)
		}
	})
}

func TestBackoff_Retry_SucceedsAfterFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := backoff.New(time.Second, time.Minute)
		calls, failures := 0, []int{}
		do := func(context.Context) error {
			if calls++; calls <= 3 {
				return errors.New("not yet")
			}
			return nil
		}
		took := elapsed(func() {
			if !b.Retry(t.Context(), do, func(_ error, n int) { failures = append(failures, n) }) {
				t.Error("Retry returned false")
			}
		})
		expectAbout(t, took, 7*time.Second)
		if len(failures) != 3 || failures[0] != 1 || failures[2] != 3 {
			t.Errorf("reported failures %v, want 1 2 3", failures)
		}
		expectAbout(t, elapsed(func() { b.Wait(t.Context()) }), time.Second) // the success has reset it
	})
}

func TestBackoff_Retry_ContextEnds_ReturnsFalse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		reported := 0
		took := elapsed(func() {
			if backoff.New(time.Second, time.Second).Retry(ctx, func(context.Context) error { return errors.New("no") }, func(error, int) { reported++ }) {
				t.Error("Retry returned true")
			}
		})
		if took != 10*time.Second || reported < 8 || reported > 14 {
			t.Errorf("returned after %v and %d failures", took, reported)
		}
		// The error of a call that was cut short is not reported.
		backoff.New(time.Second, time.Second).Retry(ctx, context.Context.Err, func(err error, _ int) { t.Errorf("reported %v", err) })
	})
}

func TestEvery_RunsUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var last time.Time
		calls := 0
		backoff.Every(ctx, time.Minute, func(context.Context) {
			if calls++; calls > 1 {
				if pause := time.Since(last); pause < 30*time.Second || pause > 90*time.Second {
					t.Errorf("paused %v, want a minute, give or take half of it", pause)
				}
			}
			last = time.Now()
		})
		if calls < 40 || calls > 120 {
			t.Errorf("%d calls in an hour", calls)
		}
	})
}

func TestPoll_ConditionBecomesTrue_ReturnsTrue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		done := func() bool { return time.Since(begin) >= 5*time.Second }
		took := elapsed(func() {
			if !backoff.Poll(t.Context(), 2*time.Second, done) {
				t.Error("Poll returned false")
			}
		})
		if took != 6*time.Second {
			t.Errorf("returned after %v, want 6s", took)
		}
		if took := elapsed(func() { backoff.Poll(t.Context(), time.Hour, done) }); took != 0 {
			t.Errorf("waited %v for what was true", took)
		}
	})
}

func TestPoll_ContextEnds_ReturnsFalse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if backoff.Poll(ctx, time.Minute, func() bool { return false }) {
			t.Error("Poll returned true")
		}
	})
}

func TestJitter_WithinAFifth(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 100 {
		d := backoff.Jitter(time.Second)
		expectAbout(t, d, time.Second)
		seen[d] = true
	}
	if len(seen) < 2 {
		t.Error("not random")
	}
}
