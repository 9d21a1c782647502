package usertransport_test

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"
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
	largest    int // changes in one message
	revoked    map[string]bool
	sequence   uint64
}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Send(m *userv1.FollowResponse) error {
	if m.GetSnapshotComplete() {
		r.snapshot++
	} else if len(m.GetChanges()) == 0 {
		r.heartbeats++
	}
	r.largest = max(r.largest, len(m.GetChanges()))
	r.sequence = max(r.sequence, m.GetSequence())
	for _, c := range m.GetChanges() {
		r.revoked[string(c.GetRevokedSession())] = true
	}
	return nil
}

// followFor runs a stream for some time.
func followFor(t *testing.T, s *usertransport.TrustServer, d time.Duration) *recorder {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r := &recorder{ctx: ctx, revoked: map[string]bool{}}
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

// An entry about many sessions is told one by one, in messages that stay small, both
// in the snapshot and later.
func TestTrustServer_Follow_SessionsThatEndedTogether(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"in the snapshot": true, "later": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const accounts, each = 30, 40
				store := usertest.NewStore()
				ids, ended := map[string]bool{}, make(chan struct{})
				end := func() {
					defer close(ended)
					for range accounts {
						for _, id := range endSessions(t, store, each) {
							ids[string(id[:])] = true
						}
					}
				}
				if before {
					end()
				}
				trustLog := user.NewTrustLog(store, time.Now, nil)
				ctx, cancel := context.WithCancel(t.Context())
				go trustLog.Run(ctx, nil)
				synctest.Wait()
				if !before {
					time.AfterFunc(time.Second, end)
				}
				r := followFor(t, usertransport.NewTrustServer(trustLog, store, usertransport.HeartbeatInterval), 5*time.Second)
				delete(r.revoked, "")
				<-ended
				if !maps.Equal(r.revoked, ids) || len(ids) != accounts*each {
					t.Errorf("%d sessions of %d", len(r.revoked), len(ids))
				}
				if r.largest > 500 || r.sequence != accounts {
					t.Errorf("%d changes in a message, up to entry %d", r.largest, r.sequence)
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

// endSessions starts sessions of a new account, and ends them all.
func endSessions(t *testing.T, store *usertest.Store, n int) (ids []ulid.ULID) {
	t.Helper()
	a := user.Account{User: user.User{ID: ulid.Make(), Version: 1}, NameKey: ulid.Make().String()}
	if err := store.CreateAccount(t.Context(), a); err != nil {
		t.Error(err)
	}
	for range n {
		s := user.StoredSession{Session: user.Session{ID: ulid.Make(), Owner: a.ID}}
		if err := store.StartSession(t.Context(), user.SessionStart{Session: s}); err != nil {
			t.Error(err)
		}
		ids = append(ids, s.ID)
	}
	if _, err := store.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Error(err)
	}
	return ids
}
