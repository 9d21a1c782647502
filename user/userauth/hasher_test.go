package userauth_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/user"
	"todokit/user/userauth"
)

func TestHasher_Verify_OnlyItsPassword(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(nil)
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || len(hash) > 255 {
		t.Fatalf("got %q", hash)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{{"correct horse", hash, true}, {"Correct horse", hash, false}, {"", hash, false}, {"correct horse", "", false}, {"", "", false}} {
		right, err := h.Verify(t.Context(), user.PasswordCheck{Password: c.password, Hash: c.hash})
		if err != nil || right != c.want {
			t.Errorf("%q against %q: got %v, %v", c.password, c.hash, right, err)
		}
	}
}

func TestHasher_Verify_MalformedHash_Error(t *testing.T) {
	t.Parallel()
	if _, err := userauth.NewHasher(nil).Verify(t.Context(), user.PasswordCheck{Password: "x", Hash: "no hash"}); err == nil {
		t.Fatal("no error")
	}
}

// oneHash lets one hash run and one wait.
func oneHash() *loadshed.Limiter {
	return loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Queue: 1, Wait: time.Hour, Registerer: prometheus.NewRegistry()})
}

func TestHasher_CallerGone_DoesNotHash(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(oneHash())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(cancelled, "x"); !errors.Is(err, errs.ErrCancelled) {
		t.Errorf("got %v, want ErrCancelled", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := h.Hash(late, "x"); !errors.Is(err, errs.ErrOverloaded) {
		t.Errorf("got %v, want ErrOverloaded", err)
	}
}

// No hash begins in the last 150 ms of its caller's time, though a place is free.
func TestHasher_DeadlineNear_RefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if _, err := userauth.NewHasher(oneHash()).Hash(ctx, "x"); !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want ErrOverloaded at once", err, time.Since(begin))
		}
	})
}

func TestHasher_QueueFull_RefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := oneHash()
		h := userauth.NewHasher(limiter)
		if err := limiter.Enter(t.Context()); err != nil { // a hash that runs
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin, waiting := time.Now(), make(chan error, 1)
		go func() {
			_, err := h.Hash(ctx, "x")
			waiting <- err
		}()
		synctest.Wait()
		if _, err := h.Hash(ctx, "y"); !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want ErrOverloaded at once", err, time.Since(begin))
		}
		limiter.Leave()
		if err := <-waiting; err != nil {
			t.Errorf("the one that waited: %v", err)
		}
		if _, err := h.Hash(t.Context(), "z"); err != nil {
			t.Errorf("after all have left: %v", err)
		}
	})
}

func TestHasher_Waiting_GivesUpBeforeDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := oneHash()
		if err := limiter.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := userauth.NewHasher(limiter).Verify(ctx, user.PasswordCheck{Password: "x"})
		if took := time.Since(begin); !errors.Is(err, errs.ErrOverloaded) || took != 850*time.Millisecond {
			t.Errorf("got %v after %v, want ErrOverloaded after 850ms", err, took)
		}
	})
}

func TestHashLimiter_KeepsACoreFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := userauth.HashLimiter(prometheus.NewRegistry())
		places := max(runtime.GOMAXPROCS(0)-1, 1)
		for range places {
			if err := limiter.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range 25 * places {
			waiting.Go(func() {
				if err := limiter.Enter(ctx); !errors.Is(err, errs.ErrCancelled) {
					t.Errorf("one more than %d at a time: %v", places, err)
				}
			})
		}
		synctest.Wait()
		if err := limiter.Enter(ctx); !errors.Is(err, errs.ErrOverloaded) {
			t.Errorf("more than 25 wait for each: %v", err)
		}
		cancel()
		waiting.Wait()
	})
}
