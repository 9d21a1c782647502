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

// world is a gateway in front of the real rules, over stores of maps. Its time
// and its ids are always the same.
type world struct {
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

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: usertest.NewClock(), ready: true, log: &bytes.Buffer{}}
	w.clock.Set(morning)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, _ := private.Public().(ed25519.PublicKey)
	w.key = token.PublicKey{ID: "key-1", Key: public, Expires: morning.Add(24 * time.Hour)}
	w.signer = token.NewSigner(w.key.ID, private)
	w.trust = token.NewTrust(w.clock.Now)
	w.trust.Apply(1, token.Change{Sequence: 1, Expires: w.key.Expires, Key: &w.key})
	w.trust.Complete()

	store := usertest.NewStore()
	w.deps = user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: usertest.Passwords{}, Tokens: issuer{w}, IsCommon: usertest.IsCommon,
		NameKey:         func(name string) (string, error) { return strings.ToLower(name), nil },
		PreparePassword: func(password string) string { return password },
		Now:             w.clock.Now,
	}
	w.users = user.NewService(w.deps)
	w.tasks = task.NewService(tasktest.NewStore(), task.Options{Now: w.clock.Now})
	w.open()
	return w
}

// open puts a gateway before whatever the services are now.
func (w *world) open() { w.limit(gateway.Limits{}) }

// limit is open, with limits.
func (w *world) limit(l gateway.Limits) {
	w.Handler = gateway.New(gateway.Options{
		Users: w.users, Tasks: w.tasks,
		Verifier:   token.NewVerifier(w.trust, w.clock.Now, nil),
		Keys:       w.trust.Keys,
		Ready:      func(context.Context) bool { return w.ready },
		Logger:     log.NewLogfmtLogger(log.NewSyncWriter(w.log)),
		Registerer: prometheus.NewRegistry(),
		Now:        w.clock.Now,
		Entropy:    rand.NewChaCha8([32]byte{}),
		Limits:     l,
	})
}

// issuer signs real access tokens.
type issuer struct{ *world }

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

// ask is one request.
type ask struct {
	method, path string
	body         string // JSON
	header       map[string]string
	token        string
}

func (a ask) request() *http.Request {
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	r.RemoteAddr = "192.0.2.7:50000"
	r.Header.Set("User-Agent", "test")
	if a.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	return r
}

// do answers a request, and checks both against the contract.
func (w *world) do(t *testing.T, a ask) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, a.request())
	checkContract(t, a, answer)
	return answer
}

// want is do, for a test that goes on with the answer.
func (w *world) want(t *testing.T, status int, a ask) map[string]any {
	t.Helper()
	answer := w.do(t, a)
	if answer.Code != status {
		t.Fatalf("%s %s: %d, want %d: %s", a.method, a.path, answer.Code, status, answer.Body)
	}
	var body map[string]any
	if answer.Body.Len() > 0 {
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
	}
	return body
}

// join registers a user and signs them in.
func (w *world) join(t *testing.T, name string) (accessToken string) {
	t.Helper()
	credentials := `{"user_name": "` + name + `", "password": "correct horse battery"}`
	w.want(t, 201, ask{method: "POST", path: "/api/v1/users", body: credentials})
	grant := w.want(t, 201, ask{method: "POST", path: "/api/v1/sessions", body: credentials})
	return grant["access_token"].(string)
}

// sign makes a token for claims that lack only an account.
func (w *world) sign(t testing.TB, c token.Claims) string {
	t.Helper()
	c.UserID, c.SessionID, c.TokenID = w.clock.NewID(), w.clock.NewID(), "jti"
	raw, err := w.signer.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// serve answers a request that is no part of the contract.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}
