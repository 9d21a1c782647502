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

// startSessionLimit: those go that have not been used for the longest time, whenever
// they began, and never the new one; a repeat is no further session.
func startSessionLimit(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	foreign := startSession(t, s, stranger)
	expires := someTime().Add(time.Hour)
	start := func(used time.Duration, limit int) user.StoredSession {
		session := newSession(a.ID)
		session.UseTime = someTime().Add(used)
		noErr(t, s.StartSession(t.Context(), user.SessionStart{Session: session, PasswordHash: a.PasswordHash, Limit: limit, Expires: expires}))
		return session
	}
	left := func(want ...user.StoredSession) {
		t.Helper()
		sessions, err := s.SessionsOf(t.Context(), user.SessionQuery{Owner: a.ID, Now: someTime()})
		noErr(t, err)
		equal(t, len(sessions), len(want))
		for i := range want {
			equal(t, sessions[i].ID, want[i].ID)
		}
	}
	used, unused, recent := start(-time.Hour, 3), start(-2*time.Hour, 3), start(-time.Minute, 3)
	used = nextGeneration(used)
	used.UseTime = someTime()
	noErr(t, s.RotateSession(t.Context(), used))
	left(used, recent, unused)
	again := unused // repeated
	noErr(t, s.StartSession(t.Context(), user.SessionStart{Session: again, PasswordHash: a.PasswordHash, Limit: 3, Expires: expires}))
	left(used, recent, unused)

	old := start(-3*time.Hour, 3) // by a clock that is behind
	left(used, recent, old)
	told := entriesAbout(t, s, unused.ID)
	if len(told) != 1 || told[0].Kind != user.SessionRevoked || !told[0].Expires.Equal(expires) || len(told[0].More) != 0 {
		t.Fatalf("the log tells %+v", told)
	}
	newest := start(time.Second, 1) // the limit was lowered
	left(newest)
	for _, ended := range []user.StoredSession{used, recent, old} {
		told := entriesAbout(t, s, ended.ID)
		if len(told) != 1 || len(told[0].More) != 2 {
			t.Fatalf("the log tells %+v", told)
		}
	}
	_, err := s.SessionByID(t.Context(), foreign.ID)
	noErr(t, err)
}

// endSessionsOneEntry: the end of all sessions, and a new password, write one entry.
func endSessionsOneEntry(t *testing.T, s user.Store) {
	const many = 40
	expires := someTime().Add(time.Hour)
	oneEntry := func(ids []ulid.ULID) {
		t.Helper()
		for _, id := range ids {
			told := entriesAbout(t, s, id)
			if len(told) != 1 || told[0].Kind != user.SessionRevoked || len(told[0].More) != len(ids)-1 || !told[0].Expires.Equal(expires) {
				t.Fatalf("the log tells %+v", told)
			}
		}
	}
	a := createAccount(t, s)
	var ids []ulid.ULID
	for range many {
		ids = append(ids, startSession(t, s, a).ID)
	}
	n, err := s.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, Expires: expires})
	noErr(t, err)
	equal(t, n, many)
	oneEntry(ids)

	kept := startSession(t, s, a)
	ids = nil
	for range many / 2 {
		in := saveToken(t, s, a)
		ids = append(ids, in.Token.ID, in.Through)
	}
	noErr(t, s.SavePassword(t.Context(), user.PasswordSave{Account: nextVersion(a), Keep: kept.ID, Expires: expires}))
	oneEntry(ids)
	equal(t, len(entriesAbout(t, s, kept.ID)), 0)
}
