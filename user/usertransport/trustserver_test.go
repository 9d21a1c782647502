package usertransport_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/user"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

// recorder is the server's end of a stream.
type recorder struct {
	grpc.ServerStream
	ctx        context.Context //nolint:containedctx // as a stream has it
	snapshot   int
	heartbeats int
}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Send(m *userv1.FollowResponse) error {
	if m.GetSnapshotComplete() {
		r.snapshot++
	} else if len(m.GetChanges()) == 0 {
		r.heartbeats++
	}
	return nil
}

// followFor runs a stream for some time.
func followFor(t *testing.T, s *usertransport.TrustServer, d time.Duration) *recorder {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r := &recorder{ctx: ctx}
	if err := s.Follow(&userv1.FollowRequest{}, r); err == nil {
		t.Fatal("the stream ended by itself")
	}
	return r
}

func TestTrustServer_Follow_HeartbeatsOnlyWithDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := usertest.NewStore()
		publish(t, store)
		log := &unreachable{TrustStore: store}
		trustLog := user.NewTrustLog(log, time.Now, nil)
		s := usertransport.NewTrustServer(trustLog, log, usertransport.HeartbeatInterval)
		ctx, cancel := context.WithCancel(t.Context())
		go trustLog.Run(ctx, nil)
		synctest.Wait()
		if r := followFor(t, s, 10*time.Second+time.Millisecond); r.snapshot != 1 || r.heartbeats != 10 {
			t.Errorf("got %+v, want a snapshot and 10 heartbeats", r)
		}
		log.set(true)
		<-time.After(5 * time.Second)
		if r := followFor(t, s, 10*time.Second+time.Millisecond); r.snapshot != 1 || r.heartbeats != 0 {
			t.Errorf("blind: got %+v, want a snapshot and no heartbeat", r)
		}
		log.set(false)
		<-time.After(time.Second)
		s.Close()
		begin := time.Now()
		if r := followFor(t, s, time.Hour); r.snapshot != 1 || time.Since(begin) > time.Second {
			t.Errorf("stopping: got %+v after %v", r, time.Since(begin))
		}
		cancel()
		synctest.Wait()
	})
}
