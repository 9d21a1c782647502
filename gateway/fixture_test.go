package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/usertest"
)

// fixture is a gateway in front of the real rules, over stores of maps. Its time
// and its ids are always the same.
type fixture struct {
	clock  *usertest.Clock
	deps   user.Deps // of users
	users  user.Service
	tasks  task.Service
	trust  *token.Trust
	signer *token.Signer
	key    token.PublicKey
	ready  bool
	log    *bytes.Buffer
	http.Handler
}

// morning is when every test begins.
var morning = time.Date(2026, 11, 22, 9, 30, 0, 520_114_000, time.UTC)

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{clock: usertest.NewClock(), ready: true, log: &bytes.Buffer{}}
	f.clock.Set(morning)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, _ := private.Public().(ed25519.PublicKey)
	f.key = token.PublicKey{ID: "key-1", Key: public, Expires: morning.Add(24 * time.Hour)}
	f.signer = token.NewSigner(f.key.ID, private)
	f.trust = token.NewTrust(f.clock.Now)
	f.trust.Apply(1, token.Change{Sequence: 1, Expires: f.key.Expires, Key: &f.key})
	f.trust.Complete()

	store := usertest.NewStore()
	f.deps = user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: usertest.Passwords{}, Tokens: issuer{f}, IsCommon: usertest.IsCommon,
		NameKey:         func(name string) (string, error) { return strings.ToLower(name), nil },
		PreparePassword: func(password string) string { return password },
		Now:             f.clock.Now,
	}
	f.users = user.NewService(f.deps)
	f.tasks = task.NewService(tasktest.NewStore(), task.Options{Now: f.clock.Now})
	f.start()
	return f
}

// start starts a gateway before whatever the services are now.
func (f *fixture) start() { f.startWith(gateway.Limits{}) }

// startWith is start, with limits.
func (f *fixture) startWith(l gateway.Limits) {
	f.Handler = gateway.New(gateway.Options{
		Users: f.users, Tasks: f.tasks,
		Verifier:   token.NewVerifier(f.trust, f.clock.Now, nil),
		Keys:       f.trust.Keys,
		Ready:      func(context.Context) bool { return f.ready },
		Logger:     log.NewLogfmtLogger(log.NewSyncWriter(f.log)),
		Registerer: prometheus.NewRegistry(),
		Now:        f.clock.Now,
		Entropy:    rand.NewChaCha8([32]byte{}),
		Limits:     l,
	})
}

// issuer signs real access tokens.
type issuer struct{ *fixture }

func (i issuer) Issue(_ context.Context, in user.Issue) (user.AccessToken, error) {
	claims := token.Claims{
		UserID: in.UserID, SessionID: in.SessionID, TokenID: "jti", Scopes: userauth.ScopesOf(in.Scopes),
		IssuedAt: i.clock.Now(), Expires: i.clock.Now().Add(user.AccessTokenLife),
	}
	if !in.Until.IsZero() && in.Until.Before(claims.Expires) {
		claims.Expires = in.Until
	}
	raw, err := i.signer.Sign(claims)
	return user.AccessToken{Raw: raw, Expires: claims.Expires}, err
}

// req is one request.
type req struct {
	method, path string
	body         string // JSON
	header       map[string]string
	token        string
}

func (r req) request() *http.Request {
	out := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	out.RemoteAddr = "192.0.2.7:50000"
	out.Header.Set("User-Agent", "test")
	if r.body != "" {
		out.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		out.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		out.Header.Set(name, value)
	}
	return out
}

// do sends a request, and checks it and its response against the contract.
func (f *fixture) do(t *testing.T, r req) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r.request())
	checkContract(t, r, w)
	return w
}

// want is do, for a test that goes on with the response's body.
func (f *fixture) want(t *testing.T, status int, r req) map[string]any {
	t.Helper()
	w := f.do(t, r)
	if w.Code != status {
		t.Fatalf("%s %s: %d, want %d: %s", r.method, r.path, w.Code, status, w.Body)
	}
	var body map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
	}
	return body
}

// credentials are what mei registers and signs in with.
const credentials = `{"user_name": "mei", "password": "correct horse battery"}`

// join registers a user and signs them in.
func (f *fixture) join(t *testing.T, name string) (accessToken string) {
	t.Helper()
	return f.signIn(t, name)["access_token"].(string)
}

// signIn registers a user and returns the response to their sign-in.
func (f *fixture) signIn(t *testing.T, name string) map[string]any {
	t.Helper()
	credentials := strings.Replace(credentials, "mei", name, 1)
	f.want(t, 201, req{method: "POST", path: "/api/v1/users", body: credentials})
	return f.want(t, 201, req{method: "POST", path: "/api/v1/sessions", body: credentials})
}

// sign makes a token for claims that lack only an account.
func (f *fixture) sign(t testing.TB, c token.Claims) string {
	t.Helper()
	c.UserID, c.SessionID, c.TokenID = f.clock.NewID(), f.clock.NewID(), "jti"
	raw, err := f.signer.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// serve sends a request that is no part of the contract.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// decode reads the body of a response.
func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}
