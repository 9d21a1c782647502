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

// The waits between streams.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
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
}

// Follower keeps a token.Trust up to date with the user service. While it has
// lost the service, the Trust goes on with what it knows.
type Follower struct {
	options FollowerOptions
	client  userv1.TrustServiceClient
	unknown *token.UnknownKeys
	cancel  context.CancelFunc
	running sync.WaitGroup
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
	f := &Follower{options: o, client: userv1.NewTrustServiceClient(o.Conn), cancel: cancel}
	f.unknown = token.NewUnknownKeys(o.Trust, f.fetchKeys)
	f.running.Go(func() { f.run(ctx) })
	return f
}

// Close ends the stream and waits for all that goes on.
func (f *Follower) Close() {
	f.cancel()
	f.running.Wait()
}

// Ready says whether the Trust has had a first snapshot.
func (f *Follower) Ready() bool { return f.options.Trust.Ready() }

// UnknownKeys are for a token.Verifier: a key that the stream has yet to tell of is
// asked for at any instance.
func (f *Follower) UnknownKeys() *token.UnknownKeys { return f.unknown }

// fetchKeys applies the keys that there are now.
func (f *Follower) fetchKeys(ctx context.Context) error {
	reply, err := f.client.ListKeys(ctx, &userv1.ListKeysRequest{})
	if err != nil {
		return err
	}
	return f.apply(0, reply.GetKeys())
}

// run opens one stream after the other. The loss of the service is logged
// when it begins and when it ends.
func (f *Follower) run(ctx context.Context) {
	retry, lost := backoff.New(firstWait, longestWait), false
	for ctx.Err() == nil {
		err := f.follow(ctx, func() {
			if lost {
				_ = level.Info(f.options.Logger).Log("msg", "following the user service")
			}
			lost = false
			retry.Reset()
		})
		if retry.Wait(ctx) && !lost {
			lost = true
			f.logLoss(err)
		}
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
// alive is called for what comes after the snapshot: an instance that has lost its
// database sends nothing more.
func (f *Follower) follow(ctx context.Context, alive func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	longestSilence := 2*f.options.Heartbeat + f.options.Heartbeat/2
	watchdog := time.AfterFunc(longestSilence, func() { cancel(errSilent) })
	defer watchdog.Stop()

	stream, err := f.client.Follow(ctx, &userv1.FollowRequest{})
	for err == nil {
		var m *userv1.FollowResponse
		if m, err = stream.Recv(); err != nil {
			break
		}
		watchdog.Reset(longestSilence)
		if err = f.apply(m.GetSequence(), m.GetChanges()); err != nil {
			break
		}
		switch {
		case m.GetSnapshotComplete():
			f.options.Trust.Complete()
		case m.GetSequence() > 0:
			alive()
		}
	}
	return errors.Join(rpc.FromStatus(err), context.Cause(ctx))
}

// apply applies changes of the log to the Trust.
func (f *Follower) apply(sequence uint64, raw []*userv1.Change) error {
	changes := make([]token.Change, 0, len(raw))
	for _, m := range raw {
		c, err := decodeChange(m)
		if errors.Is(err, errUnknownKind) {
			continue
		}
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	f.options.Trust.Apply(sequence, changes...)
	return nil
}
