package userauth_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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
	h := userauth.NewHasher(userauth.HashLimits{})
	hash, err := h.Hash(t.Context(), user.NewPassword{Password: "correct horse"})
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
	if _, err := userauth.NewHasher(userauth.HashLimits{}).Verify(t.Context(), user.PasswordCheck{Password: "x", Hash: "no hash"}); err == nil {
		t.Fatal("no error")
	}
}

// oneHash lets one hash run and one wait.
func oneHash() *loadshed.Limiter {
	return loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Queue: 1, Wait: time.Hour, Registerer: prometheus.NewRegistry()})
}

func TestHasher_CallerGone_DoesNotHash(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HashLimits{All: oneHash()})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(cancelled, user.NewPassword{Password: "x"}); !errors.Is(err, errs.ErrCancelled) {
		t.Errorf("got %v, want ErrCancelled", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := h.Hash(late, user.NewPassword{Password: "x"}); !errors.Is(err, errs.ErrOverloaded) {
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
		if _, err := userauth.NewHasher(userauth.HashLimits{All: oneHash()}).Hash(ctx, user.NewPassword{Password: "x"}); !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want ErrOverloaded at once", err, time.Since(begin))
		}
	})
}

func TestHasher_QueueFull_RefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := oneHash()
		h := userauth.NewHasher(userauth.HashLimits{All: limiter})
		if err := limiter.Enter(t.Context()); err != nil { // a hash that runs
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin, waiting := time.Now(), make(chan error, 1)
		go func() {
			_, err := h.Hash(ctx, user.NewPassword{Password: "x"})
			waiting <- err
		}()
		synctest.Wait()
		if _, err := h.Hash(ctx, user.NewPassword{Password: "y"}); !errors.Is(err, errs.ErrOverloaded) || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want ErrOverloaded at once", err, time.Since(begin))
		}
		limiter.Leave()
		if err := <-waiting; err != nil {
			t.Errorf("the one that waited: %v", err)
		}
		if _, err := h.Hash(t.Context(), user.NewPassword{Password: "z"}); err != nil {
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
		_, err := userauth.NewHasher(userauth.HashLimits{All: limiter}).Verify(ctx, user.PasswordCheck{Password: "x"})
		if took := time.Since(begin); !errors.Is(err, errs.ErrOverloaded) || took != 850*time.Millisecond {
			t.Errorf("got %v after %v, want ErrOverloaded after 850ms", err, took)
		}
	})
}

// cheapHash takes a millisecond to compare with.
const cheapHash = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hashAll starts hashes of a priority and returns once they wait or were refused; done
// is called as each of them ends.
func hashAll(t *testing.T, h *userauth.Hasher, all *sync.WaitGroup, n int, p user.Priority, done func(error)) {
	t.Helper()
	for range n {
		all.Go(func() {
			_, err := h.Verify(t.Context(), user.PasswordCheck{Password: "x", Hash: cheapHash, Priority: p})
			done(err)
		})
	}
	synctest.Wait()
}

// A flood of one kind, which came first, makes one of another kind wait for a few of
// its hashes only, and takes no places of theirs.
func TestHasher_Flood_OthersGoAhead(t *testing.T) {
	t.Parallel()
	const many = 20
	for _, c := range []struct {
		flood, other user.Priority
		ahead        int // of the flood before the other, for each core
	}{
		{user.PriorityRegister, user.PriorityKnown, 1},
		{user.PriorityRegister, user.PrioritySignIn, 1},
		{user.PrioritySignIn, user.PriorityKnown, 4},
		{user.PriorityKnown, user.PrioritySignIn, 12},
	} {
		synctest.Test(t, func(t *testing.T) {
			limits := userauth.NewHashLimits(prometheus.NewRegistry())
			h, cores := userauth.NewHasher(limits), max(runtime.GOMAXPROCS(0)-1, 1)
			for range cores { // hashes that run
				if err := limits.All.Enter(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			var all sync.WaitGroup
			var mu sync.Mutex
			flooded, before := 0, 0
			hashAll(t, h, &all, many*cores, c.flood, func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					flooded++
				}
			})
			hashAll(t, h, &all, 1, c.other, func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if before = flooded; err != nil {
					t.Errorf("priority %d after a flood of %d: %v", c.other, c.flood, err)
				}
			})
			for range cores {
				limits.All.Leave()
			}
			all.Wait()
			if most := c.ahead * cores; before > most {
				t.Errorf("priority %d came after %d of priority %d, want %d at most", c.other, before, c.flood, most)
			}
		})
	}
}

// Who waits holds a place of the gateway, which has 24 of them for an instance with
// one hash at a time: some are left for known devices.
func TestHasher_Flood_FewWait(t *testing.T) {
	t.Parallel()
	for priority, places := range map[user.Priority]int{user.PriorityRegister: 5, user.PrioritySignIn: 16} {
		synctest.Test(t, func(t *testing.T) {
			const many = 30
			limits := userauth.NewHashLimits(prometheus.NewRegistry())
			h, cores := userauth.NewHasher(limits), max(runtime.GOMAXPROCS(0)-1, 1)
			for range cores {
				if err := limits.All.Enter(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			var all sync.WaitGroup
			var refused atomic.Int64
			hashAll(t, h, &all, many*cores, priority, func(err error) {
				if errors.Is(err, errs.ErrOverloaded) {
					refused.Add(1)
				}
			})
			if n := int(refused.Load()); n != (many-places)*cores {
				t.Errorf("priority %d: %d were refused at once, want %d", priority, n, (many-places)*cores)
			}
			for range cores {
				limits.All.Leave()
			}
			all.Wait()
		})
	}
}

func TestNewHashLimits_KeepsACoreFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := userauth.NewHashLimits(prometheus.NewRegistry()).All
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
