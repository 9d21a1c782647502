// Package token makes and checks todokit's access tokens: JSON Web Tokens (RFC
// 7519) in the profile of RFC 9068, signed with Ed25519 (RFC 8037), and held
// to the advice of RFC 8725: one algorithm, a type, an issuer, an audience, a
// short life, and no key that comes with the token.
//
// The user service signs; every service checks for itself, with what it knows
// from the trust log ([Trust]): public keys, revoked sessions, deleted accounts.
package token

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oklog/ulid/v2"
)

const (
	issuer   = "todokit"
	audience = "todokit"
	// mediaType keeps a token of another purpose from being taken for an access token.
	mediaType = "at+jwt"
	// MaxLife is the longest life of a token that is accepted, and so how long
	// a revocation has to be remembered.
	MaxLife = time.Hour
	// leeway is what the clocks of two machines may differ by.
	leeway = 5 * time.Second
)

// Claims are what a token says.
type Claims struct {
	UserID    ulid.ULID // who asks
	SessionID ulid.ULID // the signed-in device, or the personal access token
	Scopes    Scopes    // what it may be used for
	TokenID   string    // unique; "jti"
	IssuedAt  time.Time // seconds
	Expires   time.Time // seconds
}

// payload is Claims on the wire.
type payload struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid"`
	Scope     string `json:"scope"`
}

// Signer signs access tokens with one key.
type Signer struct {
	keyID string
	key   ed25519.PrivateKey
}

// NewSigner returns a Signer whose tokens name keyID.
func NewSigner(keyID string, key ed25519.PrivateKey) *Signer {
	return &Signer{keyID: keyID, key: key}
}

// Sign returns the token in its compact form.
func (s *Signer) Sign(c Claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, payload{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   c.UserID.String(),
			ID:        c.TokenID,
			IssuedAt:  jwt.NewNumericDate(c.IssuedAt),
			NotBefore: jwt.NewNumericDate(c.IssuedAt),
			ExpiresAt: jwt.NewNumericDate(c.Expires),
		},
		SessionID: c.SessionID.String(),
		Scope:     c.Scopes.String(),
	})
	t.Header["typ"] = mediaType
	t.Header["kid"] = s.keyID
	signed, err := t.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return signed, nil
}

type bearerKey struct{}

// WithBearer returns a context whose outgoing calls carry the token.
func WithBearer(ctx context.Context, raw string) context.Context {
	return context.WithValue(ctx, bearerKey{}, raw)
}

// Bearer returns the token that outgoing calls carry, or "".
func Bearer(ctx context.Context) string {
	raw, _ := ctx.Value(bearerKey{}).(string)
	return raw
}
