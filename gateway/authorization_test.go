package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

func TestOperations_InvalidToken_Unauthenticated(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, f *fixture, grant map[string]any) (authorization string){
		"no token":       func(*testing.T, *fixture, map[string]any) string { return "" },
		"another scheme": func(_ *testing.T, _ *fixture, g map[string]any) string { return "Basic " + g["access_token"].(string) },
		"a refresh token": func(_ *testing.T, _ *fixture, g map[string]any) string {
			return "Bearer " + g["refresh_token"].(string)
		},
		"expired": func(_ *testing.T, f *fixture, g map[string]any) string {
			f.clock.Add(user.AccessTokenLife + time.Minute)
			return "Bearer " + g["access_token"].(string)
		},
		"of an ended session": func(t *testing.T, f *fixture, g map[string]any) string {
			raw := g["access_token"].(string)
			f.trust.Apply(2, token.Change{Sequence: 2, Expires: f.clock.Now().Add(time.Hour), Session: claimOf(t, raw, "sid")})
			return "Bearer " + raw
		},
		"of a deleted account": func(t *testing.T, f *fixture, g map[string]any) string {
			raw := g["access_token"].(string)
			f.trust.Apply(2, token.Change{Sequence: 2, User: claimOf(t, raw, "sub")})
			return "Bearer " + raw
		},
		"of another signer": func(t *testing.T, f *fixture, g map[string]any) string {
			f.signer = token.NewSigner(f.key.ID, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)))
			return "Bearer " + f.sign(t, token.Claims{Scopes: token.AllScopes, IssuedAt: f.clock.Now(), Expires: f.clock.Now().Add(time.Minute)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			authorization := spoil(t, f, f.signIn(t, "mei"))
			f.users, f.tasks = noUsers{}, noTasks{} // whatever gets through is a panic
			f.start()
			for _, o := range operations(t) {
				if !o.secured() {
					continue
				}
				a := o.request(t, ulid.Make().String(), "")
				if authorization != "" {
					a.header = map[string]string{"Authorization": authorization}
				}
				w := f.do(t, a)
				if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
					t.Errorf("%s: %d %s", o.OperationID, w.Code, w.Body)
				}
			}
		})
	}
}

func TestOperations_EndedPersonalToken_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	script := func(expires time.Time) (id, secret string) {
		body := `{"name": "backup", "scopes": ["tasks:read", "tasks:write", "account"], "expire_time": "` + expires.Format(time.RFC3339) + `"}`
		made := f.want(t, 201, req{method: "POST", path: "/api/v1/access-tokens", body: body, token: mei})
		return made["id"].(string), made["token"].(string)
	}
	id, revoked := script(morning.Add(time.Hour))
	_, expired := script(morning.Add(time.Minute))
	f.want(t, 200, req{method: "GET", path: "/api/v1/users/me", token: expired}) // until it has
	if w := f.do(t, req{method: "DELETE", path: "/api/v1/access-tokens/" + id, token: mei}); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	f.clock.Add(2 * time.Minute)
	for _, o := range operations(t) {
		for name, raw := range map[string]string{"revoked": revoked, "expired": expired} {
			if !o.secured() {
				continue
			}
			if w := f.do(t, o.request(t, f.clock.NewID().String(), raw)); w.Code != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d %s", o.OperationID, name, w.Code, w.Body)
			}
		}
	}
}

type (
	noUsers struct{ user.Service }
	noTasks struct{ task.Service }
)

func TestOperations_Public_IgnoreToken(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if o.secured() {
			continue
		}
		statuses := map[string]int{}
		for _, authorization := range []string{"", "Bearer x", "Basic eDp5"} {
			a := o.request(t, ulid.Make().String(), "")
			a.header = map[string]string{"Authorization": authorization}
			statuses[authorization] = newFixture(t).do(t, a).Code
		}
		if statuses["Bearer x"] != statuses[""] || statuses["Basic eDp5"] != statuses[""] {
			t.Errorf("%s: %v", o.OperationID, statuses)
		}
	}
}

func TestOperations_OfAnotherUser_NotFound(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if !o.secured() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			mei, eve := f.join(t, "mei"), f.join(t, "eve")
			hers := f.own(t, mei)
			before := f.state(t, mei, hers)
			if o.kind() == "" {
				checkNothingOf(t, hers, f.do(t, o.request(t, "", eve)))
			} else {
				foreign := f.do(t, o.request(t, hers[o.kind()], eve))
				unknown := f.do(t, o.request(t, f.clock.NewID().String(), eve))
				if foreign.Code != http.StatusNotFound || unknown.Code != http.StatusNotFound {
					t.Errorf("a foreign one: %d, an unknown one: %d", foreign.Code, unknown.Code)
				}
				if withoutRequestID(foreign) != withoutRequestID(unknown) {
					t.Errorf("a foreign one can be told from an unknown one:\n%s\n%s", withoutRequestID(foreign), withoutRequestID(unknown))
				}
			}
			if after := f.state(t, mei, hers); after != before {
				t.Errorf("before %s\nafter %s", before, after)
			}
		})
	}
}

func TestOperations_ListOfAnotherUser_NotFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, eve := f.join(t, "mei"), f.join(t, "eve")
	hers, mine := f.own(t, mei), f.own(t, eve)
	before := f.state(t, mei, hers)
	for _, a := range []req{
		{method: "POST", path: "/api/v1/tasks", body: `{"title": "x", "list_id": "` + hers["lists"] + `"}`},
		{method: "PATCH", path: "/api/v1/tasks/" + mine["tasks"], body: `{"list_id": "` + hers["lists"] + `"}`},
	} {
		a.token = eve
		if w := f.do(t, a); w.Code != http.StatusNotFound {
			t.Errorf("%s %s: %d", a.method, a.path, w.Code)
		}
	}
	if page := f.want(t, 200, req{method: "GET", path: "/api/v1/tasks?list_id=" + hers["lists"], token: eve}); len(page["tasks"].([]any)) != 0 {
		t.Errorf("she sees %v", page)
	}
	if after := f.state(t, mei, hers); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestOperations_Scope_Required(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if !o.secured() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			alternatives := o.scopes(t)
			if slices.Contains(alternatives, 0) {
				t.Fatalf("it names no scope: %v", alternatives)
			}
			for _, scope := range []token.Scopes{0, token.TasksRead, token.TasksWrite, token.Account, token.AllScopes} {
				f := newFixture(t)
				mei := f.join(t, "mei")
				ids := f.own(t, mei)
				limited, err := f.signer.Sign(token.Claims{
					UserID: claimOf(t, mei, "sub"), SessionID: claimOf(t, mei, "sid"), TokenID: "jti",
					Scopes: scope, IssuedAt: f.clock.Now(), Expires: f.clock.Now().Add(time.Minute),
				})
				if err != nil {
					t.Fatal(err)
				}
				w := f.do(t, o.request(t, ids[o.kind()], limited))
				allowed := slices.ContainsFunc(alternatives, scope.Has)
				if refused := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), `"PERMISSION_DENIED"`); refused == allowed {
					t.Errorf("with %q, of %v: %d %s", scope, alternatives, w.Code, w.Body)
				}
			}
		})
	}
}

// checkNothingOf demands that a response names nothing of somebody else's.
func checkNothingOf(t *testing.T, hers map[string]string, w *httptest.ResponseRecorder) {
	t.Helper()
	for kind, id := range hers {
		if strings.Contains(w.Body.String(), id) {
			t.Errorf("the response tells of %s: %s", kind, w.Body)
		}
	}
}

var requestID = regexp.MustCompile(`"request_id":"[^"]*"`)

// withoutRequestID is what a response says, but for what is different in each.
func withoutRequestID(w *httptest.ResponseRecorder) string {
	h := w.Header().Clone()
	h.Del("X-Request-Id")
	headers, err := json.Marshal(h)
	if err != nil {
		return err.Error()
	}
	return string(headers) + requestID.ReplaceAllString(w.Body.String(), "")
}

// claimOf reads an id from a token.
func claimOf(t *testing.T, raw, name string) ulid.ULID {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return ulid.MustParse(claims[name].(string))
}
