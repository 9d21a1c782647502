package token

import (
	"crypto/ed25519"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// PublicKey checks the tokens of one Signer.
type PublicKey struct {
	ID      string
	Key     ed25519.PublicKey
	Expires time.Time // when its last token has expired
}

// Change is one entry of the trust log. Exactly one of Key, Session and User is set.
type Change struct {
	Sequence uint64    // its place in the log, from 1
	Expires  time.Time // when the last token that it is about has expired; zero for a deleted account
	Key      *PublicKey
	Session  ulid.ULID // revoked
	User     ulid.ULID // deleted
}

// keyMargin is for how long an expired key is remembered: a clock that was ahead by
// less, and was put right, costs no key.
const keyMargin = 7 * 24 * time.Hour

// Trust is what one process knows of the trust log. Its zero value is not
// usable; see NewTrust. It is safe for concurrent use, and its memory is
// bounded by what happened within MaxLife.
//
// The clock of the process may jump. So what is revoked is remembered for MaxLife
// after it was heard of, by a clock that only goes forward: no token lives longer. And
// until it expires, since a token may come from a clock that was ahead.
type Trust struct {
	now   func() time.Time
	start time.Time // has the reading of the monotonic clock

	mu       sync.RWMutex
	complete bool
	sequence uint64
	swept    time.Duration // since start
	keys     map[string]PublicKey
	sessions map[ulid.ULID]revocation
	users    map[ulid.ULID]revocation // of deleted ones
}

// revocation is forgotten when both have passed.
type revocation struct {
	remember time.Duration // since the start of the Trust
	expires  time.Time
}

// NewTrust returns a Trust that knows nothing yet.
func NewTrust(now func() time.Time) *Trust {
	return &Trust{
		now:      now,
		start:    time.Now(),
		keys:     map[string]PublicKey{},
		sessions: map[ulid.ULID]revocation{},
		users:    map[ulid.ULID]revocation{},
	}
}

// Apply takes in entries of the log, in any order and any number of times, and
// notes that everything up to sequence is known.
func (t *Trust) Apply(sequence uint64, changes ...Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	elapsed := time.Since(t.start)
	for _, c := range changes {
		r := revocation{remember: elapsed + MaxLife, expires: c.Expires}
		switch {
		case c.Key != nil:
			t.keys[c.Key.ID] = *c.Key
		case c.User != ulid.Zero:
			t.users[c.User] = r
		default:
			t.sessions[c.Session] = r
		}
	}
	t.sequence = max(t.sequence, sequence)
	t.sweep(elapsed)
}

// sweep forgets what no token can need, at most once a minute.
func (t *Trust) sweep(elapsed time.Duration) {
	if elapsed-t.swept < time.Minute {
		return
	}
	t.swept = elapsed
	now := t.now()
	for id, k := range t.keys {
		if !k.Expires.Add(keyMargin).After(now) {
			delete(t.keys, id)
		}
	}
	for _, all := range []map[ulid.ULID]revocation{t.sessions, t.users} {
		for id, r := range all {
			if r.remember <= elapsed && !r.expires.After(now) {
				delete(all, id)
			}
		}
	}
}

// Complete notes that a first snapshot is known as a whole.
func (t *Trust) Complete() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.complete = true
}

// Ready says whether a first snapshot is known.
func (t *Trust) Ready() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.complete
}

// Sequence returns the place in the log up to which everything is known.
func (t *Trust) Sequence() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.sequence
}

// Key returns the public key with that id, if it is known and has not expired.
func (t *Trust) Key(id string) (PublicKey, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	k, ok := t.keys[id]
	return k, ok && k.Expires.After(t.now())
}

// knows reports whether the key is known, even if it has expired.
func (t *Trust) knows(id string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.keys[id]
	return ok
}

// Keys returns the public keys that have not expired, in no order.
func (t *Trust) Keys() []PublicKey {
	t.mu.RLock()
	defer t.mu.RUnlock()
	now := t.now()
	keys := make([]PublicKey, 0, len(t.keys))
	for _, k := range t.keys {
		if k.Expires.After(now) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Revoked says whether the token's session has ended or its account is deleted.
func (t *Trust) Revoked(c Claims) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, session := t.sessions[c.SessionID]
	_, user := t.users[c.UserID]
	return session || user
}
