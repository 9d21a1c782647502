package usertransport_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

// instance is a user instance that reads the log only when it is told to, or
// when somebody opens a stream.
type instance struct {
	trustLog *user.TrustLog
	clock    *usertest.Clock
	server   *usertransport.TrustServer
	conn     *grpc.ClientConn
}

const heartbeat = 10 * time.Millisecond

func newInstance(t *testing.T, log user.TrustStore) *instance {
	t.Helper()
	clock := usertest.NewClock()
	trustLog := user.NewTrustLog(log, clock.Now, nil)
	server := usertransport.NewTrustServer(trustLog, log, heartbeat)
	conn := serve(t, nil, func(s *grpc.Server) { userv1.RegisterTrustServiceServer(s, server) })
	return &instance{trustLog, clock, server, conn}
}

func (i *instance) refresh(t *testing.T) {
	t.Helper()
	if err := i.trustLog.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// unreachable is a log whose database has gone.
type unreachable struct {
	user.TrustStore
	mu   sync.Mutex
	gone bool
}

func (a *unreachable) set(gone bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = gone
}

func (a *unreachable) TrustHead(ctx context.Context, none struct{}) (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gone {
		return 0, errs.ErrUnavailable
	}
	return a.TrustStore.TrustHead(ctx, none)
}

// balancer sends each stream to the next instance, and tells whenever a
// Follower has taken in a message: that is when it asks for another.
type balancer struct {
	grpc.ClientConnInterface
	taken chan struct{}

	mu      sync.Mutex
	conns   []grpc.ClientConnInterface
	streams int
	calls   int
}

func newBalancer(instances ...*instance) *balancer {
	b := &balancer{taken: make(chan struct{}, 1)}
	for _, i := range instances {
		b.conns = append(b.conns, i.conn)
	}
	return b
}

func (b *balancer) opened() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.streams
}

func (b *balancer) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	b.mu.Lock()
	conn := b.conns[b.streams%len(b.conns)]
	b.streams++
	b.mu.Unlock()
	stream, err := conn.NewStream(ctx, desc, method, opts...)
	return &receiving{stream, b.taken}, err
}

func (b *balancer) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	b.mu.Lock()
	conn := b.conns[b.calls%len(b.conns)]
	b.calls++
	b.mu.Unlock()
	return conn.Invoke(ctx, method, args, reply, opts...)
}

func (b *balancer) Each(ctx context.Context, do func(context.Context, grpc.ClientConnInterface) error) error {
	for _, conn := range b.conns {
		if err := do(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

type receiving struct {
	grpc.ClientStream
	taken chan struct{}
}

func (s *receiving) RecvMsg(m any) error {
	select {
	case s.taken <- struct{}{}:
	default:
	}
	return s.ClientStream.RecvMsg(m)
}

// until waits for what messages bring about.
func (b *balancer) until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for !reached() {
		select {
		case <-b.taken:
		case <-t.Context().Done():
			t.Fatal("never: ", what)
		}
	}
}

func follow(t *testing.T, b *balancer) (*usertransport.Follower, *token.Trust) {
	t.Helper()
	trust := token.NewTrust(time.Now)
	f := usertransport.Follow(usertransport.FollowerOptions{Conn: b, Trust: trust, Heartbeat: heartbeat})
	t.Cleanup(f.Close)
	return f, trust
}

// publish adds a key that lives for an hour.
func publish(t *testing.T, log user.TrustStore) user.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	k := user.PublicKey{ID: ulid.Make().String(), Key: public, Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)}
	if _, err := log.PublishKey(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	return k
}

func knows(trust *token.Trust, k user.PublicKey) bool {
	got, ok := trust.Key(k.ID)
	return ok && got.Key.Equal(k.Key) && got.Expires.Equal(k.Expires)
}

// remove makes an account with a session, ends the session, deletes the
// account, and returns both ids.
func remove(t *testing.T, store user.Store, tokensUntil time.Time) (account, session ulid.ULID) {
	t.Helper()
	ctx := t.Context()
	a := user.Account{User: user.User{ID: ulid.Make(), Version: 1}, NameKey: ulid.Make().String()}
	s := user.StoredSession{Session: user.Session{ID: ulid.Make(), Owner: a.ID}}
	created := store.CreateAccount(ctx, a)
	started := store.StartSession(ctx, user.SessionStart{Session: s})
	_, ended := store.EndSessions(ctx, user.SessionsEnd{Owner: a.ID, Expires: tokensUntil})
	deleted := store.DeleteAccount(ctx, user.AccountEnd{ID: a.ID, Version: 1, Expires: tokensUntil})
	if err := errors.Join(created, started, ended, deleted); err != nil {
		t.Fatal(err)
	}
	return a.ID, s.ID
}

func TestFollower_SnapshotThenChanges(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	first := publish(t, store)
	i := newInstance(t, store)
	b := newBalancer(i)
	f, trust := follow(t, b)
	b.until(t, "a snapshot", f.Ready)
	if !knows(trust, first) || trust.Sequence() != 1 {
		t.Fatalf("got %+v", trust.Keys())
	}

	second := publish(t, store)
	account, session := remove(t, store, time.Now().Add(time.Minute))
	i.refresh(t)
	b.until(t, "the changes", func() bool { return trust.Sequence() == 4 })
	if !knows(trust, second) || !trust.Revoked(token.Claims{UserID: account}) || !trust.Revoked(token.Claims{SessionID: session}) {
		t.Fatal("not all changes are known")
	}
}

func TestFollower_LongLog_ArrivesInChunks(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	const many = 1203
	for range many {
		publish(t, store)
	}
	i := newInstance(t, store)
	b := newBalancer(i)
	f, trust := follow(t, b)
	b.until(t, "a snapshot", f.Ready)
	if got := len(trust.Keys()); got != many {
		t.Fatalf("got %d of %d keys", got, many)
	}
	for range many {
		publish(t, store)
	}
	i.refresh(t)
	b.until(t, "the changes", func() bool { return trust.Sequence() == 2*many })
	if got := len(trust.Keys()); got != 2*many {
		t.Fatalf("got %d of %d keys", got, 2*many)
	}
}

func TestFollower_InstanceWithoutDatabase_TakesNextInstance(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	old := publish(t, store)
	log := &unreachable{TrustStore: store}
	blind, seeing := newInstance(t, log), newInstance(t, store)
	blind.refresh(t)
	log.set(true)
	blind.clock.Add(time.Minute)
	added := publish(t, store)

	b := newBalancer(blind, seeing)
	f, trust := follow(t, b)
	b.until(t, "a snapshot", f.Ready)
	if !knows(trust, old) {
		t.Fatal("what an instance without a database knows is lost")
	}
	b.until(t, "the other instance's entries", func() bool { return knows(trust, added) })
}

func TestFollower_InstanceStops_KeepsTrustAndTakesNextInstance(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	first := publish(t, store)
	stopping, staying := newInstance(t, store), newInstance(t, store)
	b := newBalancer(stopping, staying)
	f, trust := follow(t, b)
	b.until(t, "a snapshot", f.Ready)
	stopping.server.Close()
	second := publish(t, store)
	b.until(t, "the other instance's entries", func() bool { return knows(trust, second) })
	staying.server.Close()
	b.until(t, "another attempt", func() bool { return b.opened() > 3 })
	if !f.Ready() || !knows(trust, first) || !knows(trust, second) {
		t.Fatal("what was known is lost")
	}
}

func TestFollower_UnknownKey_Verifies(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	i := newInstance(t, store)
	b := newBalancer(i)
	f, trust := follow(t, b)
	b.until(t, "a snapshot", f.Ready)

	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.PublishKey(t.Context(), user.PublicKey{ID: "new", Key: public, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	access, err := signed{token.NewSigner("new", private), time.Now}.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}})
	if err != nil {
		t.Fatal(err)
	}
	opened := b.opened()
	verifier := token.NewVerifier(trust, time.Now, f.UnknownKeys())
	if _, err := verifier.Verify(t.Context(), access.Raw); err != nil {
		t.Fatal(err)
	}
	forged := signed{token.NewSigner("forged", private), time.Now}
	for range 10 {
		access, err := forged.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifier.Verify(t.Context(), access.Raw); !errors.Is(err, errs.ErrUnauthenticated) {
			t.Fatalf("a forged key id: %v", err)
		}
	}
	if b.opened() != opened {
		t.Error("the stream was opened again")
	}
}

// While no instance answers, forged key ids are refused at once.
func TestFollower_UnknownKey_NobodyAnswers_HoldsNobody(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	publish(t, store)
	i := newInstance(t, store)
	b := newBalancer(i)
	// Heartbeats are so rare that the stream stays as it is.
	trust := token.NewTrust(time.Now)
	f := usertransport.Follow(usertransport.FollowerOptions{Conn: b, Trust: trust, Heartbeat: time.Hour})
	t.Cleanup(f.Close)
	b.until(t, "a snapshot", f.Ready)
	_ = i.conn.Close()
	for n := range 1000 {
		f.UnknownKeys().Ask(t.Context(), fmt.Sprint("forged ", n))
	}
}
