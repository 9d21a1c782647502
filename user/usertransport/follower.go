package usertransport

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

// The patience of a Follower.
const (
	firstPause   = 100 * time.Millisecond // between streams
	longestPause = 5 * time.Second
	askEvery     = 2 * time.Second // at most
	askFor       = time.Second     // at most
)

// FollowerOptions say what is followed, and who is taught. Conn and Trust are
// required.
type FollowerOptions struct {
	// Conn reaches the instances of the user service; each new stream should
	// go to the next.
	Conn      grpc.ClientConnInterface
	Trust     *token.Trust
	Logger    log.Logger    // nil: silent
	Beat      time.Duration // 0: Beat
	Deletions Deletions     // zero: only those whose tokens may live are told
}

// Follower keeps a token.Trust up to date with the user service. While it has
// lost the service, the Trust goes on with what it knows.
type Follower struct {
	options FollowerOptions
	client  userv1.TrustServiceClient
	eraser  *eraser
	cancel  context.CancelFunc
	running sync.WaitGroup
	nudge   chan struct{} // there is a reason not to wait

	mu      sync.Mutex
	restart context.CancelFunc // ends the current stream
	answer  chan struct{}      // closed by the answer to those who asked; nil: nobody waits
	asked   time.Time
}

// Follow starts to follow, until Close.
func Follow(o FollowerOptions) *Follower {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Beat <= 0 {
		o.Beat = Beat
	}
	//nolint:forbidigo // it lives until Close, whoever started it
	ctx, cancel := context.WithCancel(context.Background())
	f := &Follower{
		options: o, client: userv1.NewTrustServiceClient(o.Conn), cancel: cancel,
		eraser: newEraser(o.Deletions, o.Logger), nudge: make(chan struct{}, 1), restart: func() {},
	}
	f.running.Go(func() { f.run(ctx) })
	f.running.Go(func() { f.eraser.run(ctx, f.reopen) })
	return f
}

// Close ends the stream and waits for all that goes on.
func (f *Follower) Close() {
	f.cancel()
	f.running.Wait()
}

// Ready says whether the Trust has had a first snapshot.
func (f *Follower) Ready() bool { return f.options.Trust.Ready() }

// Ask fetches news at once, from the next instance, and returns when they are
// there, when ctx ends, or after a second. It does so every two seconds at
// most, and otherwise returns at once. It is the unknownKey of a
// token.Verifier.
func (f *Follower) Ask(ctx context.Context) {
	f.mu.Lock()
	answer := f.answer
	if answer == nil {
		if time.Since(f.asked) < askEvery {
			f.mu.Unlock()
			return
		}
		answer = make(chan struct{})
		f.answer, f.asked = answer, time.Now()
		f.restart()
		f.hurry()
	}
	f.mu.Unlock()
	timer := time.NewTimer(askFor)
	defer timer.Stop()
	select {
	case <-answer:
	case <-ctx.Done():
	case <-timer.C:
	}
}

// reopen makes the Follower begin again with a new stream.
func (f *Follower) reopen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restart()
	f.hurry()
}

func (f *Follower) hurry() {
	select {
	case f.nudge <- struct{}{}:
	default:
	}
}

// run opens one stream after the other. The loss of the service is logged
// when it begins and when it ends.
func (f *Follower) run(ctx context.Context) {
	pause, lost := firstPause, false
	for ctx.Err() == nil {
		err := f.follow(ctx, func() {
			if lost {
				_ = level.Info(f.options.Logger).Log("msg", "following the user service")
			}
			pause, lost = firstPause, false
		})
		if ctx.Err() != nil {
			return
		}
		if !f.wait(ctx, pause/2+rand.N(pause)) {
			continue // not lost: there was a reason to begin again
		}
		if !lost {
			lost = true
			if f.Ready() {
				_ = level.Warn(f.options.Logger).Log("msg", "lost the user service; going on with what is known", "err", err)
			} else {
				_ = level.Info(f.options.Logger).Log("msg", "waiting for the user service", "err", err)
			}
		}
		pause = min(2*pause, longestPause)
	}
}

// wait returns false if it was told to hurry.
func (f *Follower) wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-f.nudge:
		return false
	}
	return true
}

// errSilent is why a stream without heartbeats was left.
var errSilent = errors.New("two heartbeats were missed")

// follow takes in one stream until it breaks, is silent for more than two
// beats, or is to be opened again. alive is called for what comes after the
// snapshot: an instance that has lost its database sends nothing more.
func (f *Follower) follow(ctx context.Context, alive func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f.mu.Lock()
	f.restart = func() { cancel(nil) }
	answer := f.answer
	f.mu.Unlock()
	patience := 2*f.options.Beat + f.options.Beat/2
	watchdog := time.AfterFunc(patience, func() { cancel(errSilent) })
	defer watchdog.Stop()

	after := f.eraser.place()
	stream, err := f.client.Follow(ctx, &userv1.FollowRequest{DeletionsAfter: after})
	for err == nil {
		var m *userv1.FollowResponse
		if m, err = stream.Recv(); err != nil {
			break
		}
		watchdog.Reset(patience)
		if err = f.take(m, after != nil); err != nil {
			break
		}
		switch {
		case m.GetSnapshotComplete():
			f.answered(answer)
		case m.GetSequence() > 0:
			alive()
		}
	}
	return errors.Join(rpc.FromStatus(err), context.Cause(ctx))
}

// answered wakes those who had asked before the stream was opened.
func (f *Follower) answered(answer chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if answer != nil && answer == f.answer {
		close(answer)
		f.answer = nil
	}
}

// take teaches the Trust one message.
func (f *Follower) take(m *userv1.FollowResponse, deletions bool) error {
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
		f.eraser.take(changes)
	}
	return nil
}
