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
	// Beat is how often a stream says that it is alive.
	Beat = time.Second
	// trustChunk bounds the entries in one message, to about 50 kB.
	trustChunk = 500
	// freshWithin is how long a new stream waits for the latest news.
	freshWithin = 500 * time.Millisecond
)

// TrustServer tells others what its instance knows of the trust log.
type TrustServer struct {
	userv1.UnimplementedTrustServiceServer
	feed *user.Feed
	log  user.TrustStore
	beat time.Duration
	once sync.Once
	stop chan struct{}
}

// NewTrustServer returns the gRPC server of the TrustService. feed is the
// instance's own, of log. beat is Beat, but in tests.
func NewTrustServer(feed *user.Feed, log user.TrustStore, beat time.Duration) *TrustServer {
	return &TrustServer{feed: feed, log: log, beat: beat, stop: make(chan struct{})}
}

// Close ends all streams, and those that come, so that a graceful stop of the
// server does not wait for them. The followers move on to other instances.
func (s *TrustServer) Close() { s.once.Do(func() { close(s.stop) }) }

type trustStream = grpc.ServerStreamingServer[userv1.FollowResponse]

// Follow sends a snapshot, then every change and a heartbeat now and then. An
// instance that has lost its database sends the snapshot but no heartbeats, so
// that followers look for a better informed one.
func (s *TrustServer) Follow(req *userv1.FollowRequest, stream trustStream) error {
	ctx := stream.Context()
	s.refresh(ctx)
	news := s.feed.News(0)
	if !news.Ready {
		return errs.ErrUnavailable.Wrap(errors.New("the trust log has not been read yet"))
	}
	if err := s.snapshot(ctx, req, news, stream); err != nil {
		return err
	}
	beat := time.NewTicker(s.beat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stop:
			return errs.ErrUnavailable.Wrap(errors.New("this instance is stopping"))
		case <-news.Changed:
		case <-beat.C:
		}
		if news = s.feed.News(news.Head); !news.Fresh {
			continue
		}
		if err := sendChanges(news, stream); err != nil {
			return err
		}
	}
}

// refresh gets the latest news, since a follower may come for a key that it
// just met. Without an answer, what is known is still worth telling.
func (s *TrustServer) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	_ = s.feed.Refresh(ctx)
}

// snapshot sends what is live, then the deleted accounts that were asked for,
// in their order, so that the last one told is always the place to go on from.
func (s *TrustServer) snapshot(ctx context.Context, req *userv1.FollowRequest, news user.News, stream trustStream) error {
	all := req.DeletionsAfter != nil
	live := make([]*userv1.Change, 0, len(news.Entries))
	for _, e := range news.Entries {
		if told := all && e.Kind == user.UserDeleted && e.Sequence > req.GetDeletionsAfter(); !told {
			live = append(live, encodeChange(e))
		}
	}
	for len(live) > 0 {
		n := min(len(live), trustChunk)
		if err := stream.Send(&userv1.FollowResponse{Changes: live[:n]}); err != nil {
			return err
		}
		live = live[n:]
	}
	if all {
		if err := s.deletions(ctx, req.GetDeletionsAfter(), news.Head, stream); err != nil {
			return err
		}
	}
	return stream.Send(&userv1.FollowResponse{Sequence: news.Head, SnapshotComplete: true})
}

// deletions sends the deleted accounts between two places of the log.
func (s *TrustServer) deletions(ctx context.Context, after, upTo uint64, stream trustStream) error {
	for {
		page, err := s.log.TrustEntries(ctx, user.TrustQuery{After: after, UpTo: upTo, Limit: trustChunk, Deletions: true})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := stream.Send(&userv1.FollowResponse{Changes: encodeChanges(page)}); err != nil {
			return err
		}
		after = page[len(page)-1].Sequence
	}
}

// sendChanges sends what is new; without news, it is a heartbeat.
func sendChanges(news user.News, stream trustStream) error {
	for len(news.Entries) > trustChunk {
		chunk := news.Entries[:trustChunk]
		news.Entries = news.Entries[trustChunk:]
		m := &userv1.FollowResponse{Changes: encodeChanges(chunk), Sequence: chunk[trustChunk-1].Sequence}
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return stream.Send(&userv1.FollowResponse{Changes: encodeChanges(news.Entries), Sequence: news.Head})
}
