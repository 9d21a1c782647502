package usertransport

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/user"
)

const (
	// HeartbeatInterval is how often a stream says that it is alive.
	HeartbeatInterval = time.Second
	// trustChunk bounds the changes in one message, to about 50 kB.
	trustChunk = 500
	// refreshTimeout is how long a new stream waits for the latest entries.
	refreshTimeout = 500 * time.Millisecond
)

// TrustServer streams what its instance knows of the trust log to other processes,
// and tells them what is in the database.
type TrustServer struct {
	userv1.UnimplementedTrustServiceServer
	trustLog *user.TrustLog
	store    user.TrustStore
	interval time.Duration // of heartbeats
	once     sync.Once
	stop     chan struct{}
}

// NewTrustServer returns the gRPC server of the TrustService. trustLog is the
// instance's own, of store. interval is HeartbeatInterval, but in tests.
func NewTrustServer(trustLog *user.TrustLog, store user.TrustStore, interval time.Duration) *TrustServer {
	return &TrustServer{trustLog: trustLog, store: store, interval: interval, stop: make(chan struct{})}
}

// Close ends all streams, and those that come, so that a graceful stop of the
// server does not wait for them. The followers move on to other instances.
func (s *TrustServer) Close() { s.once.Do(func() { close(s.stop) }) }

type trustStream = grpc.ServerStreamingServer[userv1.FollowResponse]

// Follow sends a snapshot, then every change and a heartbeat now and then. An
// instance that has lost its database sends the snapshot but no heartbeats, so
// that followers look for a better informed one.
func (s *TrustServer) Follow(_ *userv1.FollowRequest, stream trustStream) error {
	ctx := stream.Context()
	s.refresh(ctx)
	known := s.trustLog.Snapshot(0)
	if !known.Ready {
		return errs.ErrUnavailable.Wrap(errors.New("the trust log has not been read yet"))
	}
	if err := sendSnapshot(known, stream); err != nil {
		return err
	}
	heartbeat := time.NewTicker(s.interval)
	defer heartbeat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stop:
			return errs.ErrUnavailable.Wrap(errors.New("this instance is stopping"))
		case <-known.Changed:
		case <-heartbeat.C:
		}
		if known = s.trustLog.Snapshot(known.Head); !known.Fresh {
			continue
		}
		if err := sendChanges(known, stream); err != nil {
			return err
		}
	}
}

// refresh reads the latest entries, since a follower may look for a key that it
// just met. Without the database, what is known is still worth sending.
func (s *TrustServer) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	_ = s.trustLog.Refresh(ctx)
}

// sendSnapshot sends what is live.
func sendSnapshot(known user.Snapshot, stream trustStream) error {
	live := encodeChanges(known.Entries...)
	for len(live) > 0 {
		n := min(len(live), trustChunk)
		if err := stream.Send(&userv1.FollowResponse{Changes: live[:n]}); err != nil {
			return err
		}
		live = live[n:]
	}
	return stream.Send(&userv1.FollowResponse{Sequence: known.Head, SnapshotComplete: true})
}

// sendChanges sends what was added; without entries, it is a heartbeat.
func sendChanges(added user.Snapshot, stream trustStream) error {
	changes := encodeChanges(added.Entries...)
	for ; len(changes) > trustChunk; changes = changes[trustChunk:] {
		if err := stream.Send(&userv1.FollowResponse{Changes: changes[:trustChunk]}); err != nil {
			return err
		}
	}
	return stream.Send(&userv1.FollowResponse{Changes: changes, Sequence: added.Head})
}
