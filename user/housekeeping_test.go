package user_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

func TestHousekeeping_Sweep_RemovesExpired(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	account, err := f.store.AccountByID(t.Context(), f.UserID)
	if err != nil {
		t.Fatal(err)
	}
	yesterday := f.clock.Now().Add(-24 * time.Hour)
	var ids []ulid.ULID
	var keys []user.FailureKey
	for range 2*user.PruneBatch + 1 {
		s := user.StoredSession{Session: user.Session{ID: ulid.Make(), Owner: f.UserID, Expires: yesterday}}
		ids = append(ids, s.ID)
		start := user.SessionStart{Session: s, PasswordHash: account.PasswordHash}
		if err := f.store.StartSession(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		publish(t, f.store, yesterday.Add(-7*24*time.Hour))
		counter := user.Failures{Key: user.FailureKey(sha256.Sum256(s.ID[:])), Expires: yesterday}
		if err := f.store.SaveFailures(t.Context(), counter); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, counter.Key)
	}
	expired := user.PersonalTokenSave{Token: user.PersonalToken{ID: ulid.Make(), Owner: f.UserID, Expires: yesterday}, Through: f.SessionID, Secret: [32]byte{1}}
	if err := f.store.SavePersonalToken(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	kept := publish(t, f.store, f.clock.Now().Add(time.Hour))
	h := user.NewHousekeeping(f.store, func(context.Context) (time.Time, error) { return f.clock.Now(), nil })
	if err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := f.store.SessionByID(t.Context(), id); !errors.Is(err, user.ErrNotFound) {
			t.Fatalf("got %v, want ErrNotFound", err)
		}
	}
	if counters, err := f.store.Failures(t.Context(), keys); err != nil || len(counters) != 0 {
		t.Fatalf("%d counters are left, %v", len(counters), err)
	}
	if _, err := f.store.PersonalTokenBySecret(t.Context(), expired.Secret); !errors.Is(err, user.ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
	left, err := f.store.TrustEntries(t.Context(), user.TrustQuery{UpTo: 1 << 60, Limit: 10})
	if err != nil || len(left) != 1 || left[0].Key.ID != kept.ID {
		t.Fatalf("got %+v, %v", left, err)
	}
	if err := f.refresh(t); err != nil {
		t.Fatal(err)
	}
}
