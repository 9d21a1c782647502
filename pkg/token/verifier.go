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
// have about 450.
const maxLength = 4096

// Verifier checks access tokens against what a process trusts. It keeps those
// whose signature it has checked: a signature costs a hundred times what it takes
// to look whether the token has expired or was revoked since, which is done each
// time.
type Verifier struct {
	trust   *Trust
	now     func() time.Time
	unknown *UnknownKeys
	parser  *jwt.Parser
	cache   *cache
}

// NewVerifier returns a Verifier. Where unknown is not nil, it is asked for a key
// id that the trust does not know, before the key is looked up again.
func NewVerifier(trust *Trust, now func() time.Time, unknown *UnknownKeys) *Verifier {
	return &Verifier{
		trust:   trust,
		now:     now,
		unknown: unknown,
		cache:   newCache(maxCached),
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

// RevokedError is, as a cause, why a good token is refused: its session or account
// has ended. Claims are what it says.
type RevokedError struct{ Claims Claims }

// Error is for the log.
func (*RevokedError) Error() string { return "session or account has ended" }

// Verify returns what a token says. Returns errs.ErrUnauthenticated for one
// that is missing, malformed, forged, expired or revoked (*RevokedError), and
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
	c, err := v.check(ctx, raw)
	if err != nil {
		return Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	if v.trust.Revoked(c) {
		return Claims{}, errs.ErrUnauthenticated.Wrap(&RevokedError{c})
	}
	return c, nil
}

// check returns the claims of a token whose signature is right and that has not
// expired.
func (v *Verifier) check(ctx context.Context, raw string) (Claims, error) {
	if known, ok := v.cache.get(raw); ok {
		if _, trusted := v.trust.Key(known.keyID); trusted && v.now().Before(known.claims.Expires.Add(leeway)) {
			return known.claims, nil
		}
		v.cache.drop(raw) // the parser says what is wrong with it now
	}
	var p payload
	t, err := v.parser.ParseWithClaims(raw, &p, v.key(ctx))
	if err != nil {
		return Claims{}, err
	}
	c, err := p.claims()
	if err != nil {
		return Claims{}, err
	}
	v.cache.put(raw, cachedToken{claims: c, keyID: keyID(t)})
	return c, nil
}

// key returns the public key that the token's header names. Any other header
// than the three we write could only serve to bring in another key.
func (v *Verifier) key(ctx context.Context) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		kid := keyID(t)
		if len(t.Header) != 3 || t.Header["typ"] != mediaType || kid == "" {
			return nil, errors.New("header is not of an access token")
		}
		if !v.trust.knows(kid) && v.unknown != nil {
			v.unknown.Ask(ctx, kid)
		}
		k, ok := v.trust.Key(kid)
		if !ok {
			return nil, fmt.Errorf("key %.64q is unknown, or has expired", kid)
		}
		return k.Key, nil
	}
}

// keyID returns the name of the key in the token's header, or "".
func keyID(t *jwt.Token) string {
	kid, _ := t.Header["kid"].(string)
	return kid
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
		UserID: user, SessionID: session, Scopes: ParseScopes(p.Scope), TokenID: p.ID,
		IssuedAt: p.IssuedAt.Time, Expires: p.ExpiresAt.Time,
	}, nil
}
