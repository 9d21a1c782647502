package userauth_test

import (
	"context"
	"errors"
	"testing"
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
	trustLog := user.NewTrustLog(store, now, userauth.ApplyTo(trust))
	return instance{userauth.NewKeyring(store, trustLog, now), trustLog, trust, token.NewVerifier(trust, now, nil)}
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
	if _, err := i.keyring.Issue(t.Context(), user.Issue{}); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	if i.keyring.Ready() {
		t.Fatal("ready without a key that can sign")
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
