package usertransport

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/token"
)

// Deletions is for a service that keeps something of accounts: it is told of
// every deleted one, in their order, and of none twice unless it asks again
// from an earlier place.
type Deletions struct {
	// After returns the place up to which everything has been erased, 0 for
	// nothing yet. It is called until it returns no error.
	After func(context.Context) (uint64, error)
	// Erase removes all of the account and then notes its place, as one that
	// was told again must find nothing to do. It is called again until it
	// returns no error.
	Erase func(context.Context, Deleted) error
}

// Deleted is an account that is no more.
type Deleted struct {
	UserID   ulid.ULID
	Sequence uint64 // its place in the trust log
}

// eraser works through the deleted accounts, beside the stream that tells of
// them, which must not wait for that.
type eraser struct {
	Deletions
	logger log.Logger
	more   chan struct{}

	mu    sync.Mutex
	known bool      // last is
	last  uint64    // the place up to which everything is in the queue or done
	queue []Deleted // still to be erased
}

func newEraser(d Deletions, logger log.Logger) *eraser {
	return &eraser{Deletions: d, logger: logger, more: make(chan struct{}, 1)}
}

// place returns from where on a stream should tell; nil: it need not.
func (e *eraser) place() *uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.known {
		return nil
	}
	last := e.last
	return &last
}

// take queues the accounts that were not told before.
func (e *eraser) take(changes []token.Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range changes {
		if c.User.IsZero() || c.Sequence <= e.last {
			continue
		}
		e.last = c.Sequence
		e.queue = append(e.queue, Deleted{UserID: c.User, Sequence: c.Sequence})
	}
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// run finds out where to begin, has the stream opened from there, and then
// erases what comes.
func (e *eraser) run(ctx context.Context, reopen func()) {
	if e.Erase == nil {
		return
	}
	var place uint64
	if !e.insist(ctx, "find the last erased account", func(ctx context.Context) (err error) {
		place, err = e.After(ctx)
		return err
	}) {
		return
	}
	e.mu.Lock()
	e.known, e.last = true, place
	e.mu.Unlock()
	reopen()
	for {
		next, ok := e.next(ctx)
		if !ok || !e.insist(ctx, "erase a deleted account", func(ctx context.Context) error { return e.Erase(ctx, next) }) {
			return
		}
	}
}

// next waits for an account. Returns false when ctx has ended.
func (e *eraser) next(ctx context.Context) (Deleted, bool) {
	for {
		e.mu.Lock()
		if len(e.queue) > 0 {
			next := e.queue[0]
			e.queue = e.queue[1:]
			e.mu.Unlock()
			return next, true
		}
		e.queue = nil // lets go of what a long queue has taken
		e.mu.Unlock()
		select {
		case <-ctx.Done():
			return Deleted{}, false
		case <-e.more:
		}
	}
}

// insist does something again until it succeeds. Returns false when ctx has ended.
func (e *eraser) insist(ctx context.Context, what string, do func(context.Context) error) bool {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := do(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if pause == firstPause {
			_ = level.Warn(e.logger).Log("msg", "could not "+what+"; trying again until it is done", "err", err)
		}
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}
