package usertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/user"
)

// racers is how many do the same at once: more than one statement's luck, few
// enough for one SQLite writer.
const racers = 8

// race starts them together and returns what each returned.
func race(do func(i int) error) []error {
	results := make([]error, racers)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

// oneWins checks that one got through and all others got the error.
func oneWins(t *testing.T, results []error, lost error) {
	t.Helper()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lost):
			t.Fatalf("got %v, want %v", err, lost)
		}
	}
	equal(t, won, 1)
}

func createAccountConcurrent(t *testing.T, s user.Store) {
	name := newAccount()
	oneWins(t, race(func(int) error {
		a := newAccount()
		a.Name, a.NameKey = name.Name, name.NameKey
		return s.CreateAccount(t.Context(), a)
	}), user.ErrNameTaken)
}

func saveProfileConcurrent(t *testing.T, s user.Store) {
	first := createAccount(t, s)
	oneWins(t, race(func(i int) error {
		a := nextVersion(first)
		a.NickName = fmt.Sprint(i)
		return s.SaveProfile(t.Context(), a)
	}), errs.ErrStaleVersion)
}

func rotateSessionConcurrent(t *testing.T, s user.Store) {
	first := startSession(t, s, createAccount(t, s))
	oneWins(t, race(func(int) error {
		return s.RotateSession(t.Context(), nextGeneration(first))
	}), errs.ErrStaleVersion)
}

// trustHeadConcurrent reads as a Feed does while others write, and must not miss one.
func trustHeadConcurrent(t *testing.T, s user.Store) {
	before, err := s.TrustHead(t.Context(), struct{}{})
	noErr(t, err)
	const each = 5
	keys := [racers][each]user.PublicKey{}
	for i := range keys {
		for j := range keys[i] {
			keys[i][j] = newKey(t, someTime().Add(time.Hour))
		}
	}
	var mu sync.Mutex
	seen, written, at := map[string]bool{}, 0, before
	read := func() error {
		mu.Lock()
		defer mu.Unlock()
		head, err := s.TrustHead(t.Context(), struct{}{})
		if err != nil {
			return err
		}
		entries, err := s.TrustEntries(t.Context(), user.TrustQuery{After: at, UpTo: head, Limit: 1000, LiveAt: someTime()})
		for _, e := range entries {
			seen[e.Key.ID] = true
		}
		at = head
		return err
	}
	for _, err := range race(func(i int) error {
		for _, k := range keys[i] {
			if _, err := s.PublishKey(t.Context(), k); err != nil {
				return err
			}
			if err := read(); err != nil {
				return err
			}
		}
		return nil
	}) {
		noErr(t, err)
	}
	noErr(t, read())
	for i := range keys {
		for _, k := range keys[i] {
			if seen[k.ID] {
				written++
			}
		}
	}
	equal(t, written, racers*each)
}

// startSessionDuringSavePassword signs in with the old password while it is changed: whichever
// comes first, no session of the old password is left.
func startSessionDuringSavePassword(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	next := nextVersion(a)
	next.PasswordHash = "hash 2"
	for i, err := range race(func(i int) error {
		if i == racers/2 {
			return s.SavePassword(t.Context(), user.PasswordSave{Account: next, Expires: someTime().Add(time.Hour)})
		}
		return s.StartSession(t.Context(), user.SessionStart{Session: newSession(a.ID), PasswordHash: a.PasswordHash})
	}) {
		if err != nil && (i == racers/2 || !errors.Is(err, user.ErrNotFound)) {
			t.Fatal(err)
		}
	}
	left, err := s.SessionsOf(t.Context(), user.SessionQuery{Owner: a.ID, Now: someTime()})
	noErr(t, err)
	equal(t, len(left), 0)
}
