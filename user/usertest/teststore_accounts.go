package usertest

import (
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

func accountRoundTrip(t *testing.T, s user.Store) {
	want := createAccount(t, s)
	got, err := s.AccountByID(t.Context(), want.ID)
	noErr(t, err)
	equal(t, got, want)
	got, err = s.AccountByName(t.Context(), want.NameKey)
	noErr(t, err)
	equal(t, got, want)

	_, err = s.AccountByID(t.Context(), ulid.Make())
	wantErr(t, err, user.ErrNotFound)
	_, err = s.AccountByName(t.Context(), "nobody")
	wantErr(t, err, user.ErrNotFound)
}

func accountUnique(t *testing.T, s user.Store) {
	first := createAccount(t, s)
	sameName := newAccount()
	sameName.NameKey = first.NameKey
	_, err := s.CreateAccount(t.Context(), sameName)
	wantErr(t, err, user.ErrNameTaken)
	sameID := newAccount()
	sameID.ID = first.ID
	_, err = s.CreateAccount(t.Context(), sameID)
	wantErr(t, err, user.ErrNameTaken)
}

func accountNamesExact(t *testing.T, s user.Store) {
	base := createAccount(t, s).NameKey
	for _, key := range []string{strings.ToUpper(base), base + "é", base + "e", base + "ß", base + "ss"} {
		a := newAccount()
		a.NameKey = key
		_, err := s.CreateAccount(t.Context(), a)
		noErr(t, err)
		found, err := s.AccountByName(t.Context(), key)
		noErr(t, err)
		equal(t, found.ID, a.ID)
	}
}

func profileSave(t *testing.T, s user.Store) {
	first := createAccount(t, s)
	second := nextVersion(first)
	second.NickName = ""
	_, err := s.SaveProfile(t.Context(), second)
	noErr(t, err)
	got, err := s.AccountByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)

	stale := nextVersion(first)
	stale.NickName = "too late"
	_, err = s.SaveProfile(t.Context(), stale)
	wantErr(t, err, user.ErrConflict)
	_, err = s.SaveProfile(t.Context(), nextVersion(newAccount()))
	wantErr(t, err, user.ErrConflict)
	got, err = s.AccountByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)
}

func passwordSave(t *testing.T, s user.Store) {
	a, bystander := createAccount(t, s), createAccount(t, s)
	mine, other, foreign := startSession(t, s, a), startSession(t, s, a), startSession(t, s, bystander)
	expires := someTime().Add(time.Hour)
	next := nextVersion(a)
	next.PasswordHash = "hash 2"
	_, err := s.SavePassword(t.Context(), user.PasswordSave{Account: next, Keep: mine.ID, Expires: expires})
	noErr(t, err)

	got, err := s.AccountByID(t.Context(), a.ID)
	noErr(t, err)
	equal(t, got, next)
	_, err = s.SessionByID(t.Context(), other.ID)
	wantErr(t, err, user.ErrNotFound)
	for _, id := range []ulid.ULID{mine.ID, foreign.ID} {
		_, err = s.SessionByID(t.Context(), id)
		noErr(t, err)
		equal(t, len(entriesAbout(t, s, id)), 0)
	}
	told := entriesAbout(t, s, other.ID)
	if len(told) != 1 || told[0].Kind != user.SessionRevoked || !told[0].Expires.Equal(expires) {
		t.Fatalf("the log tells %+v", told)
	}
}

func passwordSaveStale(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	session := startSession(t, s, a)
	stale := nextVersion(nextVersion(a))
	stale.PasswordHash = "hash 2"
	_, err := s.SavePassword(t.Context(), user.PasswordSave{Account: stale, Expires: someTime().Add(time.Hour)})
	wantErr(t, err, user.ErrConflict)
	_, err = s.SessionByID(t.Context(), session.ID)
	noErr(t, err)
	equal(t, len(entriesAbout(t, s, session.ID)), 0)
}

func accountDelete(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	session := startSession(t, s, a)
	expires := someTime().Add(time.Hour)
	_, err := s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version + 1, Expires: expires})
	wantErr(t, err, user.ErrConflict)
	_, err = s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: expires})
	noErr(t, err)

	_, err = s.AccountByID(t.Context(), a.ID)
	wantErr(t, err, user.ErrNotFound)
	_, err = s.AccountByName(t.Context(), a.NameKey)
	wantErr(t, err, user.ErrNotFound)
	_, err = s.SessionByID(t.Context(), session.ID)
	wantErr(t, err, user.ErrNotFound)
	told := entriesAbout(t, s, a.ID)
	if len(told) != 1 || told[0].Kind != user.UserDeleted || !told[0].Expires.Equal(expires) {
		t.Fatalf("the log tells %+v", told)
	}
	_, err = s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: expires})
	wantErr(t, err, user.ErrConflict)
}
