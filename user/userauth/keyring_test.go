package userauth_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"
	"go.uber.org/goleak"

	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/usertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// instance is what one user instance has of the log.
type instance struct {
	keyring  *userauth.Keyring
	trustLog *user.TrustLog
	trust    *token.Trust
	verifier *token.Verifier
}

func newInstance(store user.TrustStore, now func() time.Time) instance {
	trust := token.NewTrust(now)
	apply := userauth.ApplyTo(trust)
	trustLog := user.NewTrustLog(store, now, apply)
	unknown := token.NewUnknownKeys(trust, func(ctx context.Context) error {
		keys, err := trustLog.LiveKeys(ctx)
		apply(0, keys)
		return err
	})
	return instance{userauth.NewKeyring(store, trustLog, now), trustLog, trust, token.NewVerifier(trust, now, unknown)}
}

func TestKeyring_Issue_OnlyAfterKeyIsPublished(t *testing.T) {
	t.Parallel()
	clock := usertest.NewClock()
	store := usertest.NewStore()
	here, there := newInstance(store, clock.Now), newInstance(store, clock.Now)
	caller := user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}, Scopes: user.Scopes()}
	if _, err := here.keyring.Issue(t.Context(), caller); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}

	use, err := here.keyring.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if here.keyring.Ready() || len(here.trust.Keys()) != 1 {
		t.Fatal("a key must be known before it is used")
	}
	use()
	access, err := here.keyring.Issue(t.Context(), caller)
	if err != nil || !access.Expires.Equal(clock.Now().Truncate(time.Second).Add(user.AccessTokenLife)) {
		t.Fatalf("got %+v, %v", access, err)
	}
	if err := there.trustLog.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, i := range []instance{here, there} {
		claims, err := i.verifier.Verify(t.Context(), access.Raw)
		if err != nil || claims.UserID != caller.UserID || claims.SessionID != caller.SessionID || claims.TokenID == "" || claims.Scopes != token.AllScopes {
			t.Fatalf("got %+v, %v", claims, err)
		}
	}
}

func TestKeyring_Issue_KeyOutlivesToken(t *testing.T) {
	t.Parallel()
	clock := usertest.NewClock()
	i := newInstance(usertest.NewStore(), clock.Now)
	use, err := i.keyring.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	use()
	until := i.trust.Keys()[0].Expires
	clock.Set(until.Add(-user.AccessTokenLife))
	access, err := i.keyring.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}})
	if err != nil || access.Expires.After(until) {
		t.Fatalf("got %v, %v; the key is known until %v", access.Expires, err, until)
	}
	clock.Add(time.Second)
	if i.keyring.Ready() {
		t.Fatal("ready without a key that can sign")
	}
	access, err = i.keyring.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}})
	if err != nil || len(i.trust.Keys()) != 2 {
		t.Fatalf("got %v, %v; want another key", access, err)
	}
}

// The clock jumps and is put right, once and again: whoever signs in gets a token
// at once, which every instance takes, and tokens of before are good again.
func TestKeyring_ClockJumps_TokensAtOnce(t *testing.T) {
	t.Parallel()
	for name, jumps := range map[string][]time.Duration{
		"an hour back":                  {-time.Hour, time.Hour},
		"two days ahead":                {48 * time.Hour, -48 * time.Hour},
		"a year ahead":                  {365 * 24 * time.Hour, -365 * 24 * time.Hour},
		"back, then ahead, then right":  {-time.Hour, 49 * time.Hour, -48 * time.Hour},
		"again and again":               {48 * time.Hour, -48 * time.Hour, 48 * time.Hour, -48 * time.Hour},
		"two days ahead, a minute each": {48 * time.Hour, time.Minute, -48 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, store := usertest.NewClock(), usertest.NewStore()
			here, there := newInstance(store, clock.Now), newInstance(store, clock.Now)
			if err := here.keyring.Ensure(t.Context()); err != nil {
				t.Fatal(err)
			}
			issue := func() string {
				t.Helper()
				access, err := here.keyring.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}})
				if err != nil {
					t.Fatal(err)
				}
				return access.Raw
			}
			good := func(raw string) {
				t.Helper()
				for _, i := range []instance{here, there} {
					if err := i.trustLog.Refresh(t.Context()); err != nil {
						t.Fatal(err)
					}
					if _, err := i.verifier.Verify(t.Context(), raw); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := issue()
			good(before)
			for _, jump := range jumps {
				clock.Add(jump)
				good(issue())
				if err := here.keyring.Ensure(t.Context()); err != nil || !here.keyring.Ready() {
					t.Fatalf("not ready: %v", err)
				}
			}
			good(before)
		})
	}
}

// All who miss the key at the same time wait for one.
func TestKeyring_Issue_ManyMissTheKey_OneIsMade(t *testing.T) {
	t.Parallel()
	clock := usertest.NewClock()
	i := newInstance(usertest.NewStore(), clock.Now)
	if err := i.keyring.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.Add(48 * time.Hour)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			if _, err := i.keyring.Issue(t.Context(), user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}}); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if n := i.trustLog.Snapshot(0).Head; n != 2 {
		t.Errorf("%d keys were made, want 2", n)
	}
}

// unwritable is a store that publishes nothing.
type unwritable struct{ user.TrustStore }

func (unwritable) PublishKey(context.Context, user.PublicKey) (uint64, error) {
	return 0, errs.ErrUnavailable
}

func TestKeyring_Ensure_NoDatabase_NotReady(t *testing.T) {
	t.Parallel()
	i := newInstance(unwritable{usertest.NewStore()}, time.Now)
	if err := i.keyring.Ensure(t.Context()); !errors.Is(err, errs.ErrUnavailable) || i.keyring.Ready() {
		t.Errorf("got %v", err)
	}
}

// A key that was made while the clock was ahead is replaced, and does not sign for
// longer than others.
func TestKeyring_Run_KeyOfAClockThatWasAhead_Replaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		ahead.Store(int64(365 * 24 * time.Hour))
		i := newInstance(usertest.NewStore(), func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go i.keyring.Run(ctx, func(err error) { t.Error(err) })
		synctest.Wait()
		ahead.Store(0)
		<-time.After(2 * time.Minute)
		synctest.Wait()
		var last time.Time
		for _, k := range i.trust.Keys() {
			if last.IsZero() || k.Expires.Before(last) {
				last = k.Expires
			}
		}
		if last.IsZero() || last.After(time.Now().Add(48*time.Hour)) {
			t.Errorf("the key that expires first does so at %v, at %v", last, time.Now())
		}
	})
}

// The first key of an instance is known to the others before it signs.
func TestKeyring_Run_OthersAreThere_FirstKeyIsAnnounced(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"alone": 0, "with others": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := usertest.NewStore()
				for range others {
					if err := newInstance(store, time.Now).keyring.Ensure(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				i := newInstance(store, time.Now)
				ctx, cancel := context.WithCancel(t.Context())
				defer synctest.Wait()
				defer cancel()
				go i.keyring.Run(ctx, func(err error) { t.Error(err) })
				synctest.Wait()
				if i.keyring.Ready() != (others == 0) {
					t.Errorf("ready at once: %t", i.keyring.Ready())
				}
				<-time.After(time.Second)
				synctest.Wait()
				if !i.keyring.Ready() {
					t.Error("not ready after a second")
				}
			})
		})
	}
}

func TestKeyring_Issue_ScopesAndExpiry(t *testing.T) {
	t.Parallel()
	clock := usertest.NewClock()
	i := newInstance(usertest.NewStore(), clock.Now)
	use, err := i.keyring.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	use()
	soon, late := clock.Now().Add(time.Minute), clock.Now().Add(time.Hour)
	for _, scope := range user.Scopes() {
		for until, want := range map[time.Time]time.Time{
			soon: soon.Truncate(time.Second), late: clock.Now().Truncate(time.Second).Add(user.AccessTokenLife),
		} {
			in := user.Issue{Caller: user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}, Scopes: []user.Scope{scope}, Until: until}
			access, err := i.keyring.Issue(t.Context(), in)
			if err != nil || !access.Expires.Equal(want) {
				t.Fatalf("until %v: got %v, %v; want %v", until, access.Expires, err, want)
			}
			claims, err := i.verifier.Verify(t.Context(), access.Raw)
			if err != nil || claims.Scopes.String() != string(scope) || !claims.Expires.Equal(want) {
				t.Fatalf("got %+v, %v; want %s", claims, err, scope)
			}
		}
	}
}

func TestKeyring_Run_PublishesFirstKeyAtOnce(t *testing.T) {
	t.Parallel()
	i := newInstance(usertest.NewStore(), time.Now)
	known := i.trustLog.Snapshot(0)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.keyring.Run(ctx, func(err error) { t.Error(err) })
	}()
	<-known.Changed
	cancel()
	<-done
	if len(i.trust.Keys()) != 1 {
		t.Fatalf("got %d keys", len(i.trust.Keys()))
	}
}

func TestApplyTo_EntriesReachTrust(t *testing.T) {
	t.Parallel()
	trust := token.NewTrust(time.Now)
	apply := userauth.ApplyTo(trust)
	session, account, second, third := ulid.Make(), ulid.Make(), ulid.Make(), ulid.Make()
	later := time.Now().Add(time.Minute)
	apply(7, []user.TrustEntry{
		{Sequence: 6, Kind: user.SessionRevoked, Subject: session, More: []ulid.ULID{second, third}, Expires: later},
		{Sequence: 7, Kind: user.UserDeleted, Subject: account, Expires: later},
	})
	if !trust.Ready() || trust.Sequence() != 7 {
		t.Fatal("the log has been read to 7")
	}
	if !trust.Revoked(token.Claims{SessionID: session}) || !trust.Revoked(token.Claims{SessionID: second}) || !trust.Revoked(token.Claims{SessionID: third}) || !trust.Revoked(token.Claims{UserID: account}) || trust.Revoked(token.Claims{SessionID: account, UserID: session}) {
		t.Fatal("revoked are those sessions and that account")
	}
}
