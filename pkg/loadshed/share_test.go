package loadshed_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

// Whose requests they are.
var (
	greedy = loadshed.Key{15: 1}
	modest = loadshed.Key{15: 2}
	other  = loadshed.Key{15: 3}
)

// crowd are requests of one key that were begun and have not ended.
type crowd struct {
	limiter *loadshed.Limiter
	key     loadshed.Key
	mu      sync.Mutex
	inWork  int
	refused []error
}

// send begins so many requests, each of which ends when the test says so.
func send(t *testing.T, l *loadshed.Limiter, key loadshed.Key, n int) *crowd {
	t.Helper()
	c := &crowd{limiter: l, key: key}
	for range n {
		c.one(t)
	}
	return c
}

func (c *crowd) one(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	go func() {
		err := c.limiter.EnterFor(ctx, c.key)
		c.mu.Lock()
		defer c.mu.Unlock()
		if err != nil {
			c.refused = append(c.refused, err)
		} else {
			c.inWork++
		}
	}()
	synctest.Wait()
}

// end ends all that are in work.
func (c *crowd) end() {
	c.mu.Lock()
	n := c.inWork
	c.inWork = 0
	c.mu.Unlock()
	for range n {
		c.limiter.LeaveFor(c.key)
	}
	synctest.Wait()
}

func (c *crowd) want(t *testing.T, what string, inWork, refused int, reason error) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inWork != inWork || len(c.refused) != refused {
		t.Errorf("%s: %d are in work and %d refused, want %d and %d", what, c.inWork, len(c.refused), inWork, refused)
	}
	for _, err := range c.refused {
		if !errors.Is(err, reason) {
			t.Errorf("%s: refused with %v, want %v", what, err, reason)
		}
	}
}

func newShared(concurrent, share, queue int) *loadshed.Limiter {
	return loadshed.New(loadshed.Options{
		Name: "test", Concurrent: concurrent, Share: share, Queue: queue, Wait: wait, ShareWait: shareWait, Registerer: prometheus.NewRegistry(),
	})
}

// shareWait is how long a request waits while its own key has its share.
const shareWait = 15 * wait

func TestLimiter_OneKeyWithMoreThanItsShare_OthersFindPlaces(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ concurrent, share, queue, want int }{
		"a quarter":      {16, 0, 100, 4},
		"at least two":   {4, 0, 100, 2},
		"chosen":         {16, 3, 100, 3},
		"without queue":  {16, 0, 0, 4},
		"one place only": {1, 0, 100, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newShared(tt.concurrent, tt.share, tt.queue)
				many := send(t, l, greedy, 64)
				few := send(t, l, modest, 1)
				if tt.concurrent > 1 {
					few.want(t, "the other", 1, 0, nil)
					few.end()
				}
				late := 0
				if tt.queue == 0 {
					late = 64 - tt.want
				}
				reason := errs.ErrTooManyAtOnce
				many.want(t, "the greedy one at first", tt.want, late, reason)
				<-time.After(wait)
				synctest.Wait()
				if tt.concurrent == 1 {
					reason = errs.ErrOverloaded // it has no more than its share
				} else { // it waits for itself only
					many.want(t, "the greedy one after the wait", tt.want, late, reason)
					<-time.After(shareWait - wait)
					synctest.Wait()
				}
				many.want(t, "the greedy one in the end", tt.want, 64-tt.want, reason)
				many.end()
			})
		})
	}
}

func TestLimiter_SeveralKeysWait_TakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newShared(1, 0, 100)
		enter(t, l)
		var order []loadshed.Key
		var all sync.WaitGroup
		for _, key := range []loadshed.Key{greedy, greedy, greedy, greedy, modest, modest, other} {
			all.Go(func() {
				if err := l.EnterFor(t.Context(), key); err != nil {
					t.Error(err)
				}
				order = append(order, key) // one at a time, since the limiter has one place
				l.LeaveFor(key)
			})
			synctest.Wait()
		}
		l.Leave()
		all.Wait()
		if want := []loadshed.Key{other, modest, greedy, modest, greedy, greedy, greedy}; !slices.Equal(order, want) {
			t.Errorf("the turns were %v, want %v", order, want)
		}
	})
}

func TestLimiter_QueueFilledByOneKey_MakesRoomForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newShared(2, 2, 4)
		many := send(t, l, greedy, 6) // two in work, four wait
		if err := l.SaturatedFor(greedy); !errors.Is(err, errs.ErrTooManyAtOnce) {
			t.Errorf("saturated for the one who fills it: %v", err)
		}
		for key, what := range map[loadshed.Key]string{modest: "another", {}: "nobody"} {
			if err := l.SaturatedFor(key); err != nil {
				t.Errorf("saturated for %s: %v", what, err)
			}
		}
		few := send(t, l, modest, 1)
		few.want(t, "the other", 0, 0, nil)
		many.want(t, "the greedy one", 2, 1, errs.ErrTooManyAtOnce)
		l.LeaveFor(greedy)
		synctest.Wait()
		few.want(t, "the other, at its turn", 1, 0, nil)
	})
}

// Each of many keys has little: then it is the service that is full.
func TestLimiter_FullOfManyKeys_Overloaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newShared(4, 2, 4)
		for n := range 8 {
			send(t, l, loadshed.Key{0: 1, 15: byte(n)}, 1)
		}
		send(t, l, modest, 1).want(t, "one more", 0, 1, errs.ErrOverloaded)
	})
}

func TestLimiter_SharesUnderConcurrentUse_AreKept(t *testing.T) {
	t.Parallel()
	l := newShared(4, 2, 8)
	var mu sync.Mutex
	inside, served := map[loadshed.Key]int{}, map[loadshed.Key]int{}
	note := func(key loadshed.Key, change int) {
		mu.Lock()
		defer mu.Unlock()
		inside[key] += change
		served[key]++
		if inside[key] > 2 || inside[greedy]+inside[modest]+inside[other] > 4 {
			t.Errorf("inside are %v", inside)
		}
	}
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			key := []loadshed.Key{greedy, greedy, greedy, greedy, modest, other}[n%6]
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if (n+i)%3 == 0 {
					go cancel()
				}
				if l.EnterFor(ctx, key) == nil {
					note(key, 1)
					note(key, -1)
					l.LeaveFor(key)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if len(served) != 3 {
		t.Errorf("served were %v", served)
	}
	for range 4 { // no place was lost
		enter(t, l)
	}
}
