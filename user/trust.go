package user

import (
	"crypto/ed25519"
	"time"

	"github.com/oklog/ulid/v2"
)

// TokenSlack is how long after a token's expiry it is still remembered why it
// was not to be trusted: clocks differ, and a write takes its time.
const TokenSlack = time.Minute

// TrustKind says what an entry of the trust log tells.
type TrustKind uint8

// The kinds, as they are kept.
const (
	KeyPublished TrustKind = iota + 1
	SessionRevoked
	UserDeleted
)

// TrustEntry is one entry of the trust log: what every service must know to
// judge an access token.
type TrustEntry struct {
	Sequence uint64
	// Expires is when the last token that the entry is about has expired. A
	// deleted account stays in the log for longer, since it also tells the task
	// service what to erase.
	Expires time.Time
	Kind    TrustKind
	Key     PublicKey // of KeyPublished
	Subject ulid.ULID // the session or the account of the others
}

// PublicKey is the public half of a signing key.
type PublicKey struct {
	ID      string // the "kid" of the tokens it checks
	Key     ed25519.PublicKey
	Expires time.Time // when the last token it signed has expired
}
