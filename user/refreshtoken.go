package user

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/oklog/ulid/v2"
)

// refreshToken is what a device keeps to stay signed in. On the wire it is
// base64url, without padding, of
//
//	session id (16) | family secret (16) | generation (4, big endian) | secret (32)
//
// The family secret is the same in all tokens of a session; it proves that a
// token was one of them once, however long ago it was spent. The secret is
// another in each generation: HMAC-SHA-256 of a salt, which the session's row
// keeps until the next refresh, under the secret before. So a repeat of the
// token that was spent last can be given the very reply that was lost, though
// the row has hashes and a salt only, from which no token can be made.
type refreshToken struct {
	session    ulid.ULID
	family     [16]byte
	generation uint32
	secret     [32]byte
}

const refreshTokenSize = 16 + 16 + 4 + 32

// refreshEncoding is strict, so that a token has one spelling only.
var refreshEncoding = base64.RawURLEncoding.Strict()

func (t refreshToken) String() string {
	raw := make([]byte, 0, refreshTokenSize)
	raw = append(raw, t.session[:]...)
	raw = append(raw, t.family[:]...)
	raw = binary.BigEndian.AppendUint32(raw, t.generation)
	raw = append(raw, t.secret[:]...)
	return refreshEncoding.EncodeToString(raw)
}

func parseRefreshToken(s string) (t refreshToken, ok bool) {
	if len(s) != refreshEncoding.EncodedLen(refreshTokenSize) {
		return t, false
	}
	raw, err := refreshEncoding.DecodeString(s)
	if err != nil || len(raw) != refreshTokenSize { // the decoder passes over line breaks
		return t, false
	}
	copy(t.session[:], raw[:16])
	copy(t.family[:], raw[16:32])
	t.generation = binary.BigEndian.Uint32(raw[32:36])
	copy(t.secret[:], raw[36:])
	return t, true
}

// next returns the token of the following generation.
func (t refreshToken) next(salt [32]byte) refreshToken {
	mac := hmac.New(sha256.New, t.secret[:])
	mac.Write(salt[:])
	t.generation++
	copy(t.secret[:], mac.Sum(nil))
	return t
}

// newSession returns a session's first generation, as it is kept, and its token.
func newSession(id, owner ulid.ULID, o Origin, now time.Time) (StoredSession, refreshToken) {
	t := refreshToken{session: id}
	random(t.family[:])
	random(t.secret[:])
	return StoredSession{
		Session: Session{
			ID: id, Owner: owner, UserAgent: o.UserAgent, Address: o.Address,
			CreateTime: timeOf(id), UseTime: now, Expires: now.Add(RefreshTokenLife),
		},
		Family: sha256.Sum256(t.family[:]),
		Secret: sha256.Sum256(t.secret[:]),
	}, t
}

// rotated returns the session after its current token t was spent, and the
// next token.
func (s StoredSession) rotated(t refreshToken, o Origin, now time.Time) (StoredSession, refreshToken) {
	random(s.Salt[:])
	next := t.next(s.Salt)
	s.Generation, s.Previous, s.Secret = next.generation, s.Secret, sha256.Sum256(next.secret[:])
	s.Address, s.UseTime, s.Expires = o.Address, now, now.Add(RefreshTokenLife)
	return s, next
}

// isHash compares in constant time.
func isHash(hash [32]byte, secret []byte) bool {
	sum := sha256.Sum256(secret)
	return subtle.ConstantTimeCompare(hash[:], sum[:]) == 1
}

func random(b []byte) { _, _ = rand.Read(b) } // it never fails
