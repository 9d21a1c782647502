package authentication_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/gateway/authentication"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/user"
)

// fixture is an Authenticator with a signer that it trusts, on a clock that
// stands still until it is moved, and a user service that exchanges one
// personal access token.
type fixture struct {
	t      *testing.T
	now    time.Time
	trust  *token.Trust
	signer *token.Signer
	caller user.Caller // of all tokens

	secret    string    // the personal access token
	until     time.Time // when it expires; zero: never
	err       error     // of exchanges
	exchanged int

	*authentication.Authenticator
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), secret: personalToken("7")}
	f.caller = user.Caller{UserID: ulid.Make(), SessionID: ulid.Make()}
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, _ := private.Public().(ed25519.PublicKey)
	key := token.PublicKey{ID: "key-1", Key: public, Expires: f.now.Add(24 * time.Hour)}
	f.signer = token.NewSigner(key.ID, private)
	f.trust = token.NewTrust(f.clock)
	f.trust.Apply(1, token.Change{Sequence: 1, Expires: key.Expires, Key: &key})
	f.trust.Complete()
	f.start(authentication.Options{})
	return f
}

// start starts an Authenticator, with the options that concern exchanges.
func (f *fixture) start(o authentication.Options) {
	o.Verifier, o.Exchange, o.Now = token.NewVerifier(f.trust, f.clock, nil), f.exchange, f.clock
	f.Authenticator = authentication.New(o)
}

func (f *fixture) clock() time.Time { return f.now }

func (f *fixture) exchange(ctx context.Context, secret string) (user.AccessToken, error) {
	switch {
	case f.err != nil:
		return user.AccessToken{}, f.err
	case ctx.Err() != nil:
		return user.AccessToken{}, errs.From(ctx.Err())
	}
	f.exchanged++
	if secret != f.secret || !f.until.IsZero() && !f.now.Before(f.until) {
		return user.AccessToken{}, errs.ErrUnauthenticated
	}
	expires := f.now.Add(user.AccessTokenLife)
	if !f.until.IsZero() && f.until.Before(expires) {
		expires = f.until
	}
	return user.AccessToken{Raw: f.sign(token.TasksRead, expires), Expires: expires}, nil
}

func (f *fixture) sign(scopes token.Scopes, expires time.Time) string {
	f.t.Helper()
	raw, err := f.signer.Sign(token.Claims{
		UserID: f.caller.UserID, SessionID: f.caller.SessionID, TokenID: "jti", Scopes: scopes, IssuedAt: f.now, Expires: expires,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return raw
}

// personalToken makes a personal access token of the right form.
func personalToken(digit string) string {
	digits := strings.Repeat(digit, 43)
	checksum := big.NewInt(int64(crc32.ChecksumIEEE([]byte(digits)))).Text(62)
	return "tdk_" + digits + fmt.Sprintf("%06s", checksum)
}

// authenticate sends a request with Authorization headers. It returns who the
// caller is to the handler, and the token that calls of the services carry.
func (f *fixture) authenticate(middlewares func(rest.Handler) rest.Handler, authorization ...string) (c authentication.Caller, bearer string, w http.ResponseWriter, err error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Authorization"] = authorization
	w = httptest.NewRecorder()
	err = middlewares(func(_ http.ResponseWriter, r *http.Request) error {
		c, bearer = authentication.CallerOf(r.Context()), token.Bearer(r.Context())
		return nil
	})(w, r)
	return c, bearer, w, err
}
