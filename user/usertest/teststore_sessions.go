package usertest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/user"
)

func startSessionRoundTrip(t *testing.T, s user.Store) {
	want := startSession(t, s, createAccount(t, s))
	got, err := s.SessionByID(t.Context(), want.ID)
	noErr(t, err)
	equal(t, got, want)
	_, err = s.SessionByID(t.Context(), ulid.Make())
	wantErr(t, err, user.ErrNotFound)
}

func startSessionTaken(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	first := nextGeneration(startSession(t, s, a))
	noErr(t, s.RotateSession(t.Context(), first))
	again := newSession(a.ID)
	again.ID, again.CreateTime = first.ID, first.CreateTime
	noErr(t, s.StartSession(t.Context(), user.SessionStart{Session: again, PasswordHash: a.PasswordHash}))
	got, err := s.SessionByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, again)

	foreign := newSession(stranger.ID)
	foreign.ID = first.ID
	wantErr(t, s.StartSession(t.Context(), user.SessionStart{Session: foreign, PasswordHash: stranger.PasswordHash}), user.ErrIDTaken)
	got, err = s.SessionByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, again)
}

func startSessionOtherPassword(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	wantErr(t, s.StartSession(t.Context(), user.SessionStart{Session: newSession(a.ID), PasswordHash: "hash 0"}), user.ErrNotFound)
	wantErr(t, s.StartSession(t.Context(), user.SessionStart{Session: newSession(ulid.Make()), PasswordHash: a.PasswordHash}), user.ErrNotFound)
}

func rotateSession(t *testing.T, s user.Store) {
	first := startSession(t, s, createAccount(t, s))
	second := nextGeneration(first)
	noErr(t, s.RotateSession(t.Context(), second))
	got, err := s.SessionByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)

	wantErr(t, s.RotateSession(t.Context(), nextGeneration(first)), errs.ErrStaleVersion)
	otherSecret := nextGeneration(second)
	otherSecret.Previous = [32]byte{1}
	wantErr(t, s.RotateSession(t.Context(), otherSecret), errs.ErrStaleVersion)
	otherOwner := nextGeneration(second)
	otherOwner.Owner = ulid.Make()
	wantErr(t, s.RotateSession(t.Context(), otherOwner), errs.ErrStaleVersion)
	got, err = s.SessionByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)
}

func sessionsOf(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	startSession(t, s, createAccount(t, s))
	first, second, third := startSession(t, s, a), startSession(t, s, a), startSession(t, s, a)
	first = nextGeneration(first)
	noErr(t, s.RotateSession(t.Context(), first))
	third.UseTime, third.Expires = third.UseTime.Add(time.Second), someTime().Add(-time.Second)
	noErr(t, s.StartSession(t.Context(), user.SessionStart{Session: third, PasswordHash: a.PasswordHash}))

	got, err := s.SessionsOf(t.Context(), user.SessionQuery{Owner: a.ID, Now: someTime()})
	noErr(t, err)
	equal(t, len(got), 2)
	equal(t, got[0], first.Session)
	equal(t, got[1], second.Session)
}

func endSessions(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	first, second, third := startSession(t, s, a), startSession(t, s, a), startSession(t, s, a)
	foreign := startSession(t, s, stranger)
	expires := someTime().Add(time.Hour)
	for _, c := range []struct {
		id   ulid.ULID
		want int
	}{{foreign.ID, 0}, {second.ID, 1}, {second.ID, 0}, {ulid.Zero, 2}, {ulid.Zero, 0}} {
		n, err := s.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, ID: c.id, Expires: expires})
		noErr(t, err)
		equal(t, n, c.want)
	}
	for _, id := range []ulid.ULID{first.ID, second.ID, third.ID} {
		_, err := s.SessionByID(t.Context(), id)
		wantErr(t, err, user.ErrNotFound)
		told := entriesAbout(t, s, id)
		if len(told) != 1 || told[0].Kind != user.SessionRevoked || !told[0].Expires.Equal(expires) {
			t.Fatalf("the log tells %+v", told)
		}
	}
	_, err := s.SessionByID(t.Context(), foreign.ID)
	noErr(t, err)
	equal(t, len(entriesAbout(t, s, foreign.ID)), 0)
}

func pruneSessions(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	live, expired := startSession(t, s, a), newSession(a.ID)
	expired.Expires = someTime().Add(-24 * time.Hour)
	noErr(t, s.StartSession(t.Context(), user.SessionStart{Session: expired, PasswordHash: a.PasswordHash}))
	n, err := s.PruneSessions(t.Context(), someTime().Add(-23*time.Hour))
	noErr(t, err)
	equal(t, n, 1)
	_, err = s.SessionByID(t.Context(), expired.ID)
	wantErr(t, err, user.ErrNotFound)
	_, err = s.SessionByID(t.Context(), live.ID)
	noErr(t, err)
	equal(t, len(entriesAbout(t, s, expired.ID)), 0)
}
