package token_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/token"
)

// fixture is a trust that knows one key, and that key's signer, at a time that
// stands still until it is moved.
type fixture struct {
	now      time.Time
	key      ed25519.PrivateKey
	signer   *token.Signer
	trust    *token.Trust
	verifier *token.Verifier
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return f.now }
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.key = private
	f.signer = token.NewSigner("k1", private)
	f.trust = token.NewTrust(clock)
	expires := f.now.Add(24 * time.Hour)
	f.trust.Apply(1, token.Change{Sequence: 1, Expires: expires, Key: &token.PublicKey{ID: "k1", Key: public, Expires: expires}})
	f.trust.Complete()
	f.verifier = token.NewVerifier(f.trust, clock, nil)
	return f
}

func (f *fixture) claims() token.Claims {
	return token.Claims{UserID: ulid.Make(), SessionID: ulid.Make(), TokenID: "t1", IssuedAt: f.now, Expires: f.now.Add(15 * time.Minute)}
}

func (f *fixture) sign(t testing.TB, c token.Claims) string {
	t.Helper()
	raw, err := f.signer.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVerifier_SignedToken_ReturnsClaims(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := f.claims()
	got, err := f.verifier.Verify(t.Context(), f.sign(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if got.UserID != want.UserID || got.SessionID != want.SessionID || got.TokenID != want.TokenID || !got.Expires.Equal(want.Expires) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestVerifier_ForgedOrMalformed_Refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, stranger, _ := ed25519.GenerateKey(nil)
	public := f.key.Public().(ed25519.PublicKey)
	good := jwt.MapClaims{
		"iss": "todokit", "aud": "todokit", "sub": ulid.Make().String(), "sid": ulid.Make().String(), "jti": "1",
		"iat": f.now.Unix(), "nbf": f.now.Unix(), "exp": f.now.Add(time.Minute).Unix(),
	}
	forge := func(method jwt.SigningMethod, key any, header, claims map[string]any) string {
		tok := jwt.NewWithClaims(method, jwt.MapClaims{})
		tok.Header["typ"], tok.Header["kid"] = "at+jwt", "k1"
		maps.Copy(tok.Claims.(jwt.MapClaims), good)
		change(tok.Header, header)
		change(tok.Claims.(jwt.MapClaims), claims)
		raw, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	valid := forge(jwt.SigningMethodEdDSA, f.key, nil, nil)
	if _, err := f.verifier.Verify(t.Context(), valid); err != nil {
		t.Fatalf("the token that the others are variations of: %v", err)
	}
	for name, raw := range map[string]string{
		"empty":                    "",
		"no token":                 "hello",
		"too long":                 strings.Repeat("a", 5000),
		"another key":              forge(jwt.SigningMethodEdDSA, stranger, nil, nil),
		"unknown kid":              forge(jwt.SigningMethodEdDSA, f.key, map[string]any{"kid": "k2"}, nil),
		"no kid":                   forge(jwt.SigningMethodEdDSA, f.key, map[string]any{"kid": nil}, nil),
		"wrong type":               forge(jwt.SigningMethodEdDSA, f.key, map[string]any{"typ": "JWT"}, nil),
		"brings its key":           forge(jwt.SigningMethodEdDSA, f.key, map[string]any{"jwk": map[string]any{"kty": "OKP"}}, nil),
		"names a key's address":    forge(jwt.SigningMethodEdDSA, f.key, map[string]any{"jku": "https://example.com/jwks"}, nil),
		"algorithm none":           forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil),
		"HMAC with the public key": forge(jwt.SigningMethodHS256, []byte(public), nil, nil),
		"HMAC with an empty key":   forge(jwt.SigningMethodHS256, []byte{}, nil, nil),
		"expired":                  forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"exp": f.now.Add(-time.Minute).Unix()}),
		"no expiry":                forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"exp": nil}),
		"lives too long":           forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"exp": f.now.Add(48 * time.Hour).Unix()}),
		"not yet valid":            forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"nbf": f.now.Add(time.Hour).Unix()}),
		"no not-before":            forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"nbf": nil}),
		"no issue time":            forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"iat": nil}),
		"another issuer":           forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"iss": "elsewhere"}),
		"another audience":         forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"aud": "elsewhere"}),
		"subject is no id":         forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"sub": "root"}),
		"no session":               forge(jwt.SigningMethodEdDSA, f.key, nil, map[string]any{"sid": nil}),
		"changed claims":           tamper(t, valid),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := f.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
				t.Fatalf("got %v, want ErrUnauthenticated", err)
			}
		})
	}
}

// change sets the given entries, or removes those that are nil.
func change(in, to map[string]any) {
	for k, v := range to {
		if v == nil {
			delete(in, k)
			continue
		}
		in[k] = v
	}
}

// tamper puts another user into a signed token.
func tamper(t *testing.T, raw string) string {
	t.Helper()
	parts := strings.Split(raw, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	claims["sub"] = ulid.Make().String()
	body, err = json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(body) + "." + parts[2]
}

func TestVerifier_Expired_Refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(t, f.claims())
	f.now = f.now.Add(16 * time.Minute)
	if _, err := f.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
		t.Fatalf("got %v, want ErrUnauthenticated", err)
	}
}

func TestTrust_Revoked_UntilTokensExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		session, user := f.claims(), f.claims()
		bySession, byUser := f.sign(t, session), f.sign(t, user)
		f.trust.Apply(3,
			token.Change{Sequence: 2, Session: session.SessionID, Expires: f.now.Add(20 * time.Minute)},
			token.Change{Sequence: 3, User: user.UserID})
		for _, raw := range []string{bySession, byUser} {
			if _, err := f.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
				t.Fatalf("got %v, want ErrUnauthenticated", err)
			}
		}
		if got := f.trust.Sequence(); got != 3 {
			t.Fatalf("sequence is %d, want 3", got)
		}
		f.now = f.now.Add(token.MaxLife)
		<-time.After(token.MaxLife)
		f.trust.Apply(4)
		if f.trust.Revoked(session) || f.trust.Revoked(user) {
			t.Fatal("what no living token can need was not forgotten")
		}
	})
}

// A clock that is wrong for a while and is put right costs no token its life, and
// gives none its life back.
func TestTrust_ClockJumpsAndIsPutRight_NothingIsForgotten(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{
		"an hour back": -time.Hour, "two days back": -48 * time.Hour, "an hour ahead": time.Hour, "two days ahead": 48 * time.Hour, "six days ahead": 6 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t)
				good, ended, endedLater := f.claims(), f.claims(), f.claims()
				revoked := func(c token.Claims) token.Change {
					return token.Change{Sequence: 2, Session: c.SessionID, Expires: c.Expires.Add(time.Minute)}
				}
				raws := map[string]bool{f.sign(t, good): true, f.sign(t, ended): false, f.sign(t, endedLater): false}
				f.trust.Apply(2, revoked(ended))
				right := f.now
				f.now = right.Add(jump)
				<-time.After(2 * time.Minute)
				f.trust.Apply(3, revoked(endedLater)) // and forgets what it may
				<-time.After(2 * time.Minute)
				f.trust.Apply(3)
				for raw := range raws {
					_, _ = f.verifier.Verify(t.Context(), raw)
				}
				f.now = right.Add(4 * time.Minute)
				f.trust.Apply(3)
				for raw, want := range raws {
					if _, err := f.verifier.Verify(t.Context(), raw); (err == nil) != want {
						t.Errorf("got %v, want a good token: %t", err, want)
					}
				}
			})
		})
	}
}

// A token of a clock that was ahead stays revoked until its time has come and gone.
func TestTrust_RevokedTokenOfTheFuture_NeverGood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		right := f.now
		f.now = right.Add(20 * time.Hour)
		c := f.claims()
		raw := f.sign(t, c)
		f.trust.Apply(2, token.Change{Sequence: 2, Session: c.SessionID, Expires: c.Expires.Add(time.Minute)})
		for _, now := range []time.Time{right, right.Add(2 * time.Hour), c.IssuedAt.Add(time.Minute)} {
			<-time.After(2 * token.MaxLife)
			f.now = now
			f.trust.Apply(2)
			if _, err := f.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
				t.Errorf("at %v: %v", now, err)
			}
		}
	})
}

func TestVerifier_NoSnapshot_Unavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(t, f.claims())
	empty := token.NewVerifier(token.NewTrust(time.Now), time.Now, nil)
	if _, err := empty.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
}

func TestVerifier_UnknownKey_RefreshesOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(t, f.claims())
	known, _ := f.trust.Key("k1")
	late := token.NewTrust(func() time.Time { return f.now })
	late.Complete()
	asked := 0
	v := token.NewVerifier(late, func() time.Time { return f.now }, token.NewUnknownKeys(late, func(context.Context) error {
		asked++
		late.Apply(1, token.Change{Sequence: 1, Expires: known.Expires, Key: &known})
		return nil
	}))
	for range 2 {
		if _, err := v.Verify(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Fatalf("asked %d times, want once", asked)
	}
}

func TestTrust_Keys_ForgetsExpired(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if n := len(f.trust.Keys()); n != 1 {
		t.Fatalf("%d keys, want 1", n)
	}
	f.now = f.now.Add(25 * time.Hour)
	if _, ok := f.trust.Key("k1"); ok || len(f.trust.Keys()) != 0 {
		t.Fatal("an expired key is still trusted")
	}
}
