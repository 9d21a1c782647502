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
	Expires  time.Time // when everyone may forget it; zero for a deleted account
	Key      *PublicKey
	Session  ulid.ULID // revoked
	User     ulid.ULID // deleted
}

// Trust is what one process knows of the trust log. Its zero value is not
// usable; see NewTrust. It is safe for concurrent use, and its memory is
// bounded by what happened within MaxLife.
type Trust struct {
	now func() time.Time

	mu       sync.RWMutex
	complete bool
	sequence uint64
	swept    time.Time
	keys     map[string]PublicKey
	sessions map[ulid.ULID]time.Time // revoked → forget at
	users    map[ulid.ULID]time.Time // deleted → forget at
}

// NewTrust returns a Trust that knows nothing yet.
func NewTrust(now func() time.Time) *Trust {
	return &Trust{
		now:      now,
		keys:     map[string]PublicKey{},
		sessions: map[ulid.ULID]time.Time{},
		users:    map[ulid.ULID]time.Time{},
	}
}

// Apply takes in entries of the log, in any order and any number of times, and
// notes that everything up to sequence is known.
func (t *Trust) Apply(sequence uint64, changes ...Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, c := range changes {
		// A deleted account stays in the log for ever, but no token can
		// outlive MaxLife.
		forget := c.Expires
		if forget.IsZero() {
			forget = now.Add(MaxLife)
		}
		switch {
		case !forget.After(now):
		case c.Key != nil:
			t.keys[c.Key.ID] = *c.Key
		case c.User != ulid.Zero:
			t.users[c.User] = forget
		default:
			t.sessions[c.Session] = forget
		}
	}
	t.sequence = max(t.sequence, sequence)
	t.sweep(now)
}

// sweep forgets what has expired, at most once a minute.
func (t *Trust) sweep(now time.Time) {
	if now.Sub(t.swept) < time.Minute {
		return
	}
	t.swept = now
	for id, k := range t.keys {
		if !k.Expires.After(now) {
			delete(t.keys, id)
		}
	}
	for _, forgettable := range []map[ulid.ULID]time.Time{t.sessions, t.users} {
		for id, at := range forgettable {
			if !at.After(now) {
				delete(forgettable, id)
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
