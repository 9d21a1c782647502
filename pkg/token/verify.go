package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// maxLength bounds the work that a hostile token can cause, in bytes. Ours
// have about 400.
const maxLength = 4096

// Verifier checks access tokens against what a process trusts.
type Verifier struct {
	trust      *Trust
	unknownKey func(context.Context)
	parser     *jwt.Parser
}

// NewVerifier returns a Verifier. Where unknownKey is not nil, it is called
// for a key id that the trust does not know, and may fetch news, within ctx,
// before the trust is asked again; it bounds its own rate.
func NewVerifier(trust *Trust, now func() time.Time, unknownKey func(context.Context)) *Verifier {
	return &Verifier{
		trust:      trust,
		unknownKey: unknownKey,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(issuer),
			jwt.WithAudience(audience),
			jwt.WithExpirationRequired(),
			jwt.WithNotBeforeRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(now),
			jwt.WithStrictDecoding(),
		),
	}
}

// Verify returns what a token says. Returns errs.ErrUnauthenticated for one
// that is missing, malformed, forged, expired or revoked, and
// errs.ErrUnavailable while the trust has no snapshot to check it with.
func (v *Verifier) Verify(ctx context.Context, raw string) (Claims, error) {
	if raw == "" {
		return Claims{}, errs.ErrUnauthenticated
	}
	if len(raw) > maxLength {
		return Claims{}, errs.ErrUnauthenticated.Wrap(errors.New("token is too long"))
	}
	if !v.trust.Ready() {
		return Claims{}, errs.ErrUnavailable.Wrap(errors.New("no public keys yet"))
	}
	var p payload
	if _, err := v.parser.ParseWithClaims(raw, &p, v.key(ctx)); err != nil {
		return Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	c, err := p.claims()
	if err != nil {
		return Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	if v.trust.Revoked(c) {
		return Claims{}, errs.ErrUnauthenticated.Wrap(errors.New("session or account has ended"))
	}
	return c, nil
}

// key returns the public key that the token's header names. Any other header
// than the three we write could only serve to smuggle in a key.
func (v *Verifier) key(ctx context.Context) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if len(t.Header) != 3 || t.Header["typ"] != mediaType || kid == "" {
			return nil, errors.New("header is not of an access token")
		}
		k, ok := v.trust.Key(kid)
		if !ok && v.unknownKey != nil {
			v.unknownKey(ctx)
			k, ok = v.trust.Key(kid)
		}
		if !ok {
			return nil, fmt.Errorf("key %.64q is unknown", kid)
		}
		return k.Key, nil
	}
}

// claims checks what the parser does not know of.
func (p *payload) claims() (Claims, error) {
	user, err := ulid.ParseStrict(p.Subject)
	if err != nil {
		return Claims{}, fmt.Errorf("subject: %w", err)
	}
	session, err := ulid.ParseStrict(p.SessionID)
	if err != nil {
		return Claims{}, fmt.Errorf("session: %w", err)
	}
	if p.IssuedAt == nil || p.ExpiresAt.Sub(p.IssuedAt.Time) > MaxLife {
		return Claims{}, errors.New("life is too long")
	}
	return Claims{
		UserID: user, SessionID: session, TokenID: p.ID,
		IssuedAt: p.IssuedAt.Time, Expires: p.ExpiresAt.Time,
	}, nil
}
