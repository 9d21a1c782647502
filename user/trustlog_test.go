package user_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"
	"go.uber.org/goleak"

	"todokit/user"
	"todokit/user/usertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func publish(t *testing.T, log user.TrustStore, expires time.Time) user.PublicKey {
	t.Helper()
	k := user.PublicKey{ID: ulid.Make().String(), Key: make(ed25519.PublicKey, ed25519.PublicKeySize), Expires: expires}
	if _, err := log.PublishKey(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	return k
}

func refresh(t *testing.T, f *user.TrustLog) {
	t.Helper()
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTrustLog_Refresh_AddsEntriesOnce(t *testing.T) {
	t.Parallel()
	store, clock := usertest.NewStore(), usertest.NewClock()
	type call struct {
		head  uint64
		added int
	}
	var calls []call
	f := user.NewTrustLog(store, clock.Now, func(head uint64, added []user.TrustEntry) {
		calls = append(calls, call{head, len(added)})
	})
	if f.Snapshot(0).Ready {
		t.Fatal("ready before the log was read")
	}
	refresh(t, f)
	first := f.Snapshot(0)
	if !first.Ready || !first.Fresh || first.Head != 0 || len(first.Entries) != 0 {
		t.Fatalf("an empty log is known as well: got %+v", first)
	}
	const many = 1100 // more than two pages
	for range many {
		publish(t, store, clock.Now().Add(time.Hour))
	}
	refresh(t, f)
	refresh(t, f)
	<-first.Changed
	if n := f.Snapshot(0); n.Head != many || len(n.Entries) != many {
		t.Fatalf("got %d entries to %d", len(n.Entries), n.Head)
	}
	if n := f.Snapshot(many - 3); len(n.Entries) != 3 || n.Entries[0].Sequence != many-2 {
		t.Fatalf("got %+v", n.Entries)
	}
	if len(calls) != 2 || calls[0] != (call{0, 0}) || calls[1] != (call{many, many}) {
		t.Fatalf("told %v", calls)
	}
}

func TestTrustLog_Refresh_ForgetsExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, clock := usertest.NewStore(), usertest.NewClock()
		publish(t, store, clock.Now())
		publish(t, store, clock.Now().Add(time.Minute))
		late := publish(t, store, clock.Now().Add(48*time.Hour))
		f := user.NewTrustLog(store, clock.Now, nil)
		refresh(t, f)
		if n := f.Snapshot(0); len(n.Entries) != 2 || n.Head != 3 {
			t.Fatalf("got %+v", n)
		}
		clock.Add(8 * 24 * time.Hour) // some days more than the second key lives
		if f.Snapshot(0).Fresh {
			t.Fatal("fresh after days without an answer")
		}
		<-time.After(time.Minute)
		refresh(t, f)
		if n := f.Snapshot(0); len(n.Entries) != 1 || n.Entries[0].Key.ID != late.ID || n.Head != 3 || !n.Fresh {
			t.Fatalf("got %+v", n)
		}
	})
}

// end notes the end of a session, whose last token expires then.
func end(t *testing.T, store *usertest.Store, expires time.Time) ulid.ULID {
	t.Helper()
	a := user.Account{User: user.User{ID: ulid.Make(), Version: 1}, NameKey: ulid.Make().String()}
	s := user.StoredSession{Session: user.Session{ID: ulid.Make(), Owner: a.ID}}
	created, started := store.CreateAccount(t.Context(), a), store.StartSession(t.Context(), user.SessionStart{Session: s})
	_, ended := store.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, Expires: expires})
	if err := errors.Join(created, started, ended); err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// Whatever the clock says meanwhile, those who follow later hear of what was
// revoked, for as long as a token of it may live.
func TestTrustLog_ClockJumps_KeepsRevocations(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"an hour back": -time.Hour, "two days ahead": 48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, clock := usertest.NewStore(), usertest.NewClock()
				f := user.NewTrustLog(store, clock.Now, nil)
				refresh(t, f)
				until := clock.Now().Add(user.AccessTokenLife + user.TokenSlack)
				before := end(t, store, until)
				refresh(t, f)
				right := clock.Now()
				clock.Set(right.Add(jump))
				if f.Snapshot(0).Fresh {
					t.Error("fresh, though the clock says something else")
				}
				during := end(t, store, until)
				refresh(t, f)
				<-time.After(2 * time.Minute)
				refresh(t, f)
				clock.Set(right.Add(2 * time.Minute))
				refresh(t, f)
				n := f.Snapshot(0)
				if len(n.Entries) != 2 || n.Entries[0].Subject != before || n.Entries[1].Subject != during || !n.Fresh {
					t.Errorf("got %+v", n)
				}
				clock.Add(user.AccessTokenLife + user.TokenSlack)
				<-time.After(user.AccessTokenLife + user.TokenSlack)
				refresh(t, f)
				if n := f.Snapshot(0); len(n.Entries) != 0 {
					t.Errorf("never forgotten: %+v", n.Entries)
				}
			})
		})
	}
}

// broken is a log that cannot be read.
type broken struct {
	user.TrustStore
	err error
}

func (b broken) TrustHead(context.Context, struct{}) (uint64, error) { return 0, b.err }

func TestTrustLog_Run_StoreFails_ReportsOnce(t *testing.T) {
	t.Parallel()
	want := errors.New("database is away")
	f := user.NewTrustLog(broken{err: want}, time.Now, nil)
	ctx, cancel := context.WithCancel(t.Context())
	reports := 0
	f.Run(ctx, func(err error) {
		if reports++; !errors.Is(err, want) {
			t.Errorf("got %v", err)
		}
		cancel()
	})
	if reports != 1 || f.Snapshot(0).Ready {
		t.Fatalf("%d reports, ready: %v", reports, f.Snapshot(0).Ready)
	}
}

func TestTrustLog_Run_ReadsWhatOthersWrite(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	f := user.NewTrustLog(store, time.Now, nil)
	refresh(t, f)
	n := f.Snapshot(0)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx, nil)
	}()
	publish(t, store, time.Now().Add(time.Hour))
	<-n.Changed
	cancel()
	<-done
	if got := f.Snapshot(0); got.Head != 1 || len(got.Entries) != 1 {
		t.Fatalf("got %+v", got)
	}
}

func TestTrustLog_Refresh_LogShorter_Error(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	publish(t, store, time.Now().Add(time.Hour))
	log := &replaceable{store}
	f := user.NewTrustLog(log, time.Now, nil)
	refresh(t, f)
	log.TrustStore = usertest.NewStore()
	if err := f.Refresh(t.Context()); err == nil {
		t.Fatal("no error for a log that is shorter than before")
	}
	if n := f.Snapshot(0); n.Head != 1 || len(n.Entries) != 1 {
		t.Fatalf("got %+v", n)
	}
}

type replaceable struct{ user.TrustStore }

// blockingLog is a log whose reads wait until let is closed.
type blockingLog struct {
	user.TrustStore
	let   chan struct{}
	mu    sync.Mutex
	reads int
}

func (g *blockingLog) TrustHead(ctx context.Context, none struct{}) (uint64, error) {
	g.mu.Lock()
	g.reads++
	g.mu.Unlock()
	<-g.let
	return g.TrustStore.TrustHead(ctx, none)
}

func TestTrustLog_Refresh_Concurrent_SharesNextRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &blockingLog{TrustStore: usertest.NewStore(), let: make(chan struct{})}
		f := user.NewTrustLog(log, time.Now, nil)
		var all sync.WaitGroup
		ask := func() {
			if err := f.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
		}
		all.Go(ask)
		synctest.Wait() // the first one is reading
		publish(t, log, time.Now().Add(time.Hour))
		for range 20 {
			all.Go(ask)
		}
		synctest.Wait() // the others wait for it
		close(log.let)
		all.Wait()
		if log.reads != 2 || f.Snapshot(0).Head != 1 {
			t.Fatalf("the log was read %d times, to %d", log.reads, f.Snapshot(0).Head)
		}
	})
}
