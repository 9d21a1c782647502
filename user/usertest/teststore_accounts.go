package usertest

import (
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/user"
)

func createAccountRoundTrip(t *testing.T, s user.Store) {
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

func createAccountTaken(t *testing.T, s user.Store) {
	first := createAccount(t, s)
	sameName := newAccount()
	sameName.NameKey = first.NameKey
	wantErr(t, s.CreateAccount(t.Context(), sameName), user.ErrNameTaken)
	sameID := newAccount()
	sameID.ID = first.ID
	wantErr(t, s.CreateAccount(t.Context(), sameID), user.ErrNameTaken)
}

func accountByNameExact(t *testing.T, s user.Store) {
	base := createAccount(t, s).NameKey
	for _, key := range []string{strings.ToUpper(base), base + "é", base + "e", base + "ß", base + "ss"} {
		a := newAccount()
		a.NameKey = key
		noErr(t, s.CreateAccount(t.Context(), a))
		found, err := s.AccountByName(t.Context(), key)
		noErr(t, err)
		equal(t, found.ID, a.ID)
	}
}

func saveProfile(t *testing.T, s user.Store) {
	first := createAccount(t, s)
	second := nextVersion(first)
	second.NickName = ""
	noErr(t, s.SaveProfile(t.Context(), second))
	got, err := s.AccountByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)

	stale := nextVersion(first)
	stale.NickName = "too late"
	wantErr(t, s.SaveProfile(t.Context(), stale), errs.ErrStaleVersion)
	wantErr(t, s.SaveProfile(t.Context(), nextVersion(newAccount())), errs.ErrStaleVersion)
	got, err = s.AccountByID(t.Context(), first.ID)
	noErr(t, err)
	equal(t, got, second)
}

func savePassword(t *testing.T, s user.Store) {
	a, bystander := createAccount(t, s), createAccount(t, s)
	mine, other, foreign := startSession(t, s, a), startSession(t, s, a), startSession(t, s, bystander)
	expires := someTime().Add(time.Hour)
	next := nextVersion(a)
	next.PasswordHash = "hash 2"
	noErr(t, s.SavePassword(t.Context(), user.PasswordSave{Account: next, Keep: mine.ID, Expires: expires}))

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

func savePasswordStale(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	session := startSession(t, s, a)
	stale := nextVersion(nextVersion(a))
	stale.PasswordHash = "hash 2"
	wantErr(t, s.SavePassword(t.Context(), user.PasswordSave{Account: stale, Expires: someTime().Add(time.Hour)}), errs.ErrStaleVersion)
	_, err := s.SessionByID(t.Context(), session.ID)
	noErr(t, err)
	equal(t, len(entriesAbout(t, s, session.ID)), 0)
}

func deleteAccount(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	session := startSession(t, s, a)
	expires := someTime().Add(time.Hour)
	wantErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version + 1, Expires: expires}), errs.ErrStaleVersion)
	noErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: expires}))

	_, err := s.AccountByID(t.Context(), a.ID)
	wantErr(t, err, user.ErrNotFound)
	_, err = s.AccountByName(t.Context(), a.NameKey)
	wantErr(t, err, user.ErrNotFound)
	_, err = s.SessionByID(t.Context(), session.ID)
	wantErr(t, err, user.ErrNotFound)
	told := entriesAbout(t, s, a.ID)
	if len(told) != 1 || told[0].Kind != user.UserDeleted || !told[0].Expires.Equal(expires) {
		t.Fatalf("the log tells %+v", told)
	}
	wantErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: expires}), errs.ErrStaleVersion)
}
