package usertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

func newKey(t *testing.T, expires time.Time) user.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	noErr(t, err)
	return user.PublicKey{ID: rand.Text(), Key: public, Expires: expires}
}

func publish(t *testing.T, s user.Store, expires time.Time) (user.PublicKey, uint64) {
	t.Helper()
	k := newKey(t, expires)
	seq, err := s.PublishKey(t.Context(), k)
	noErr(t, err)
	return k, seq
}

func page(t *testing.T, s user.Store, q user.TrustQuery) []user.TrustEntry {
	t.Helper()
	entries, err := s.TrustEntries(t.Context(), q)
	noErr(t, err)
	return entries
}

func trustEntriesLive(t *testing.T, s user.Store) {
	now := someTime()
	key, seq := publish(t, s, now.Add(time.Hour))
	head, err := s.TrustHead(t.Context(), struct{}{})
	noErr(t, err)
	if head < seq || seq == 0 {
		t.Fatalf("head is %d after entry %d", head, seq)
	}
	only := user.TrustQuery{After: seq - 1, UpTo: seq, Limit: 10, LiveAt: now}
	entries := page(t, s, only)
	if len(entries) != 1 {
		t.Fatalf("got %+v", entries)
	}
	e := entries[0]
	if e.Sequence != seq || e.Kind != user.KeyPublished || !e.Expires.Equal(key.Expires) ||
		e.Key.ID != key.ID || !e.Key.Key.Equal(key.Key) || !e.Key.Expires.Equal(key.Expires) || !e.Subject.IsZero() {
		t.Fatalf("got %+v, want %+v", e, key)
	}
	only.LiveAt = key.Expires
	equal(t, len(page(t, s, only)), 0)
	only.LiveAt, only.Deletions = now, true
	equal(t, len(page(t, s, only)), 0)
}

func trustEntriesPages(t *testing.T, s user.Store) {
	now := someTime()
	_, first := publish(t, s, now.Add(time.Hour))
	publish(t, s, now.Add(time.Hour))
	_, last := publish(t, s, now.Add(time.Hour))
	q := user.TrustQuery{After: first - 1, UpTo: last, Limit: 2, LiveAt: now}
	one := page(t, s, q)
	equal(t, len(one), 2)
	equal(t, one[0].Sequence, first)
	if one[1].Sequence <= first {
		t.Fatalf("%d follows %d", one[1].Sequence, first)
	}
	q.After, q.Limit = one[1].Sequence, 1000
	rest := page(t, s, q)
	equal(t, rest[len(rest)-1].Sequence, last)
}

func pruneTrust(t *testing.T, s user.Store) {
	old := someTime().Add(-48 * time.Hour)
	gone, keySeq := publish(t, s, old)
	a := createAccount(t, s)
	noErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: old}))
	n, err := s.PruneTrust(t.Context(), old.Add(time.Hour))
	noErr(t, err)
	equal(t, n, 1)
	equal(t, len(page(t, s, user.TrustQuery{After: keySeq - 1, UpTo: keySeq, Limit: 1, LiveAt: gone.Expires.Add(-time.Hour)})), 0)

	kept := entriesAbout(t, s, a.ID)
	equal(t, len(kept), 1)
	seq := kept[0].Sequence
	told := page(t, s, user.TrustQuery{After: seq - 1, UpTo: seq, Limit: 1, LiveAt: someTime(), Deletions: true})
	if len(told) != 1 || told[0].Subject != a.ID {
		t.Fatalf("got %+v", told)
	}
	equal(t, len(page(t, s, user.TrustQuery{After: seq - 1, UpTo: seq, Limit: 1, LiveAt: someTime()})), 0)
}

func liveKeys(t *testing.T, s user.Store) {
	now := someTime()
	first, _ := publish(t, s, now.Add(time.Hour))
	expired, _ := publish(t, s, now)
	second, _ := publish(t, s, now.Add(time.Hour))
	keys, err := s.LiveKeys(t.Context(), now)
	noErr(t, err)
	var found []string
	for i, e := range keys {
		if i > 0 && e.Sequence >= keys[i-1].Sequence || e.Kind != user.KeyPublished {
			t.Fatalf("%+v comes after %+v", e, keys[i-1])
		}
		if e.Key.ID == first.ID || e.Key.ID == expired.ID || e.Key.ID == second.ID {
			found = append(found, e.Key.ID)
		}
	}
	equal(t, len(found), 2)
	equal(t, found[0], second.ID)
	equal(t, found[1], first.ID)
}

func accountDeleted(t *testing.T, s user.Store) {
	deleted := func(id ulid.ULID) bool {
		t.Helper()
		is, err := s.AccountDeleted(t.Context(), id)
		noErr(t, err)
		return is
	}
	a := createAccount(t, s)
	equal(t, deleted(a.ID), false)
	equal(t, deleted(ulid.Make()), false)
	session := startSession(t, s, a)
	_, err := s.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, Expires: someTime()})
	noErr(t, err)
	equal(t, deleted(session.ID), false) // in the log, as something else
	noErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: a.Version, Expires: someTime()}))
	equal(t, deleted(a.ID), true)
	noErr(t, s.CreateAccount(t.Context(), a)) // as from a backup
	equal(t, deleted(a.ID), false)
}
