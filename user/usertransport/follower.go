package usertransport

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/backoff"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

const (
	firstWait       = 100 * time.Millisecond // between streams
	longestWait     = 5 * time.Second
	refreshInterval = 2 * time.Second // of RefreshNow, at least
	refreshWait     = time.Second     // of RefreshNow, at most
)

// FollowerOptions say what is followed, and what is kept up to date. Conn and
// Trust are required.
type FollowerOptions struct {
	// Conn reaches the instances of the user service; each new stream should
	// go to the next.
	Conn      grpc.ClientConnInterface
	Trust     *token.Trust
	Logger    log.Logger    // nil: silent
	Heartbeat time.Duration // of the streams; 0: HeartbeatInterval
	Deletions Deletions     // zero: none are erased
}

// Follower keeps a token.Trust up to date with the user service. While it has
// lost the service, the Trust goes on with what it knows.
type Follower struct {
	options   FollowerOptions
	client    userv1.TrustServiceClient
	deletions *deletionWorker
	cancel    context.CancelFunc
	running   sync.WaitGroup

	mu        sync.Mutex
	restart   context.CancelFunc // ends the current stream, or the wait after it
	refreshed chan struct{}      // closed when a snapshot is complete; nil: nobody waits for one
	asked     time.Time          // when RefreshNow was asked for refreshed
}

// Follow starts to follow, until Close.
func Follow(o FollowerOptions) *Follower {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = HeartbeatInterval
	}
	//nolint:forbidigo // it lives until Close, whoever started it
	ctx, cancel := context.WithCancel(context.Background())
	f := &Follower{
		options: o, client: userv1.NewTrustServiceClient(o.Conn), cancel: cancel,
		deletions: newDeletionWorker(o.Deletions, o.Logger), restart: func() {},
	}
	f.running.Go(func() { f.run(ctx) })
	f.running.Go(func() { f.deletions.run(ctx, f.reopen) })
	return f
}

// Close ends the stream and waits for all that goes on.
func (f *Follower) Close() {
	f.cancel()
	f.running.Wait()
}

// Ready says whether the Trust has had a first snapshot.
func (f *Follower) Ready() bool { return f.options.Trust.Ready() }

// RefreshNow fetches a snapshot at once, from the next instance, and returns
// when it is there, when ctx ends, or a second after it began. It does so every two
// seconds at most, and otherwise returns at once. It is the unknownKey of a
// token.Verifier.
func (f *Follower) RefreshNow(ctx context.Context) {
	f.mu.Lock()
	refreshed := f.refreshed
	if refreshed == nil {
		if time.Since(f.asked) < refreshInterval {
			f.mu.Unlock()
			return
		}
		refreshed = make(chan struct{})
		f.refreshed, f.asked = refreshed, time.Now()
		f.restart()
	}
	begun := f.asked
	f.mu.Unlock()
	// Of the same second for all: while nobody answers, unknown keys must not hold callers.
	timer := time.NewTimer(refreshWait - time.Since(begun))
	defer timer.Stop()
	select {
	case <-refreshed:
	case <-ctx.Done():
	case <-timer.C:
	}
}

// reopen begins again with a new stream.
func (f *Follower) reopen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restart()
}

// run opens one stream after the other. The loss of the service is logged
// when it begins and when it ends.
func (f *Follower) run(ctx context.Context) {
	retry, lost := backoff.New(firstWait, longestWait), false
	for ctx.Err() == nil {
		attempt, restart := context.WithCancel(ctx)
		f.mu.Lock()
		f.restart = restart
		refreshed := f.refreshed
		f.mu.Unlock()
		err := f.follow(attempt, refreshed, func() {
			if lost {
				_ = level.Info(f.options.Logger).Log("msg", "following the user service")
			}
			lost = false
			retry.Reset()
		})
		if attempt.Err() == nil && retry.Wait(attempt) && !lost { // a restart is no failure
			lost = true
			f.logLoss(err)
		}
		restart()
	}
}

func (f *Follower) logLoss(err error) {
	if f.Ready() {
		_ = level.Warn(f.options.Logger).Log("msg", "lost the user service; going on with what is known", "err", err)
	} else {
		_ = level.Info(f.options.Logger).Log("msg", "waiting for the user service", "err", err)
	}
}

// errSilent is why a stream without heartbeats was left.
var errSilent = errors.New("two heartbeats were missed")

// follow applies one stream until it breaks, misses two heartbeats, or ctx ends.
// It closes refreshed when the snapshot is complete. alive is called for what
// comes after the snapshot: an instance that has lost its database sends nothing
// more.
func (f *Follower) follow(ctx context.Context, refreshed chan struct{}, alive func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	longestSilence := 2*f.options.Heartbeat + f.options.Heartbeat/2
	watchdog := time.AfterFunc(longestSilence, func() { cancel(errSilent) })
	defer watchdog.Stop()

	after := f.deletions.after()
	stream, err := f.client.Follow(ctx, &userv1.FollowRequest{DeletionsAfter: after})
	for err == nil {
		var m *userv1.FollowResponse
		if m, err = stream.Recv(); err != nil {
			break
		}
		watchdog.Reset(longestSilence)
		if err = f.apply(m, after != nil); err != nil {
			break
		}
		switch {
		case m.GetSnapshotComplete():
			f.noteRefreshed(refreshed)
		case m.GetSequence() > 0:
			alive()
		}
	}
	return errors.Join(rpc.FromStatus(err), context.Cause(ctx))
}

// noteRefreshed wakes those who waited for a snapshot when the stream was opened.
func (f *Follower) noteRefreshed(refreshed chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if refreshed != nil && refreshed == f.refreshed {
		close(refreshed)
		f.refreshed = nil
	}
}

// apply applies one message to the Trust.
func (f *Follower) apply(m *userv1.FollowResponse, deletions bool) error {
	changes := make([]token.Change, 0, len(m.GetChanges()))
	for _, raw := range m.GetChanges() {
		c, err := decodeChange(raw)
		if errors.Is(err, errUnknownKind) {
			continue
		}
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	f.options.Trust.Apply(m.GetSequence(), changes...)
	if m.GetSnapshotComplete() {
		f.options.Trust.Complete()
	}
	if deletions {
		f.deletions.enqueue(changes)
	}
	return nil
}
