package health_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"todokit/pkg/health"
)

func TestRecent_ManyAsk_CheckedOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var checks atomic.Int64
		checker := health.New()
		checker.Add("database", func(context.Context) error {
			checks.Add(1)
			<-time.After(100 * time.Millisecond)
			return nil
		})
		recent := health.NewRecent(checker, time.Now)
		for _, want := range []int64{1, 1, 2} {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if !recent.Ready(t.Context()) {
						t.Error("it is not ready")
					}
				})
			}
			all.Wait()
			if got := checks.Load(); got != want {
				t.Errorf("%d checks, want %d", got, want)
			}
			<-time.After(500 * time.Millisecond)
		}
	})
}

func TestRecent_CallerLeaves_OthersAreTold(t *testing.T) {
	t.Parallel()
	checker := health.New()
	checker.Add("database", func(ctx context.Context) error { return ctx.Err() })
	recent := health.NewRecent(checker, time.Now)
	gone, leave := context.WithCancel(t.Context())
	leave()
	recent.Ready(gone) // which may check, or not
	if !recent.Ready(t.Context()) {
		t.Error("it is not ready")
	}
}

func TestRecent_ClockGoesBack_ChecksAgain(t *testing.T) {
	t.Parallel()
	err := errors.New("not there yet")
	now := time.Now()
	checker := health.New()
	checker.Add("database", func(context.Context) error { return err })
	recent := health.NewRecent(checker, func() time.Time { return now })
	if recent.Ready(t.Context()) {
		t.Error("it is ready too early")
	}
	err, now = nil, now.Add(-time.Hour)
	if !recent.Ready(t.Context()) {
		t.Error("it is never ready")
	}
}

func TestRecent_Stopping_UnreadyAtOnce(t *testing.T) {
	t.Parallel()
	checker := health.New()
	recent := health.NewRecent(checker, time.Now)
	if !recent.Ready(t.Context()) {
		t.Error("it is not ready")
	}
	checker.Drain()
	if recent.Ready(t.Context()) {
		t.Error("it is still ready")
	}
}
