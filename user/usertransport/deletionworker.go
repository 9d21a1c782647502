package usertransport

import (
	"context"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/backoff"
	"todokit/pkg/token"
)

// Deletions is for a service that keeps data of accounts: Erase is called for
// every deleted one, in their order.
type Deletions struct {
	// After returns the place up to which everything has been erased, 0 for
	// nothing yet. It is called until it returns no error.
	After func(context.Context) (uint64, error)
	// Erase removes all of the account and then saves its place. It must do
	// nothing for an account that was erased before. It is called again until it
	// returns no error.
	Erase func(context.Context, Deleted) error
}

// Deleted is an account that is no more.
type Deleted struct {
	UserID   ulid.ULID
	Sequence uint64 // its place in the trust log
}

// deletionWorker erases the deleted accounts one after the other, beside the
// stream that they come from, which must not wait for that.
type deletionWorker struct {
	Deletions
	logger log.Logger
	added  chan struct{} // there may be something in the queue

	mu    sync.Mutex
	known bool      // last is
	last  uint64    // the place up to which everything is in the queue or erased
	queue []Deleted // still to be erased
}

func newDeletionWorker(d Deletions, logger log.Logger) *deletionWorker {
	return &deletionWorker{Deletions: d, logger: logger, added: make(chan struct{}, 1)}
}

// after returns the place from which on a stream should send deletions; nil:
// it need not.
func (w *deletionWorker) after() *uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.known {
		return nil
	}
	last := w.last
	return &last
}

// enqueue adds the accounts that were not in the queue before.
func (w *deletionWorker) enqueue(changes []token.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range changes {
		if c.User.IsZero() || c.Sequence <= w.last {
			continue
		}
		w.last = c.Sequence
		w.queue = append(w.queue, Deleted{UserID: c.User, Sequence: c.Sequence})
	}
	select {
	case w.added <- struct{}{}:
	default:
	}
}

// run finds out where to begin, has the stream opened from there, and then
// erases what is enqueued.
func (w *deletionWorker) run(ctx context.Context, reopen func()) {
	if w.Erase == nil {
		return
	}
	var last uint64
	if !w.retry(ctx, "find the last erased account", func(ctx context.Context) (err error) {
		last, err = w.After(ctx)
		return err
	}) {
		return
	}
	w.mu.Lock()
	w.known, w.last = true, last
	w.mu.Unlock()
	reopen()
	for {
		next, ok := w.next(ctx)
		if !ok || !w.retry(ctx, "erase a deleted account", func(ctx context.Context) error { return w.Erase(ctx, next) }) {
			return
		}
	}
}

// next waits for an account. Returns false when ctx has ended.
func (w *deletionWorker) next(ctx context.Context) (Deleted, bool) {
	for {
		w.mu.Lock()
		if len(w.queue) > 0 {
			next := w.queue[0]
			w.queue = w.queue[1:]
			w.mu.Unlock()
			return next, true
		}
		w.queue = nil // frees the memory of a long queue
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return Deleted{}, false
		case <-w.added:
		}
	}
}

// retry does something again until it succeeds. Returns false when ctx has ended.
func (w *deletionWorker) retry(ctx context.Context, what string, do func(context.Context) error) bool {
	return backoff.New(firstWait, longestWait).Retry(ctx, do, func(err error, failures int) {
		if failures == 1 {
			_ = level.Warn(w.logger).Log("msg", "could not "+what+"; trying again until it is done", "err", err)
		}
	})
}
