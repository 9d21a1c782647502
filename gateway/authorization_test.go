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

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// operation is one of the contract. The tests here walk all of them, so that a
// new one is held to the same rules, or the test says what it lacks.
type operation struct {
	*openapi3.Operation
	method, path string
}

func operations(t *testing.T) []operation {
	t.Helper()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{op, method, path})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return all
}

// secured says whether the operation needs a token, as all do that say nothing.
func (o operation) secured() bool { return o.Security == nil || len(*o.Security) > 0 }

// scopes returns what a token must allow: any one of the alternatives.
func (o operation) scopes(t *testing.T) (alternatives []token.Scopes) {
	t.Helper()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	requirements := doc.Security
	if o.Security != nil {
		requirements = *o.Security
	}
	for _, requirement := range requirements {
		for _, names := range requirement {
			scopes := token.ParseScopes(strings.Join(names, " "))
			if len(scopes.Names()) != len(names) {
				t.Errorf("%s: unknown scopes in %v", o.OperationID, names)
			}
			alternatives = append(alternatives, scopes)
		}
	}
	return alternatives
}

var pathParameter = regexp.MustCompile(`/([a-z-]+)/\{id\}`)

// kind returns what the id in the path is of: "tasks"; or "".
func (o operation) kind() string {
	if m := pathParameter.FindStringSubmatch(o.path); m != nil {
		return m[1]
	}
	return ""
}

// ask returns the request of the contract's example.
func (o operation) ask(t *testing.T, id, token string) ask {
	t.Helper()
	a := ask{method: o.method, path: strings.ReplaceAll(o.path, "{id}", id), token: token}
	if o.RequestBody != nil {
		media := o.RequestBody.Value.Content.Get("application/json")
		if media == nil || media.Example == nil {
			t.Fatalf("%s has no example of its body", o.OperationID)
		}
		body, err := json.Marshal(media.Example)
		if err != nil {
			t.Fatal(err)
		}
		a.body = string(body)
	}
	return a
}

// own makes one of each kind of thing for a signed-in user, and returns the ids.
func (w *world) own(t *testing.T, accessToken string) map[string]string {
	t.Helper()
	list := w.want(t, 201, ask{method: "POST", path: "/api/v1/lists", body: `{"title": "Mine"}`, token: accessToken})["id"].(string)
	mine := w.want(t, 201, ask{method: "POST", path: "/api/v1/tasks", body: `{"title": "Mine", "list_id": "` + list + `"}`, token: accessToken})["id"].(string)
	sessions := w.want(t, 200, ask{method: "GET", path: "/api/v1/sessions", token: accessToken})["sessions"].([]any)
	ids := map[string]string{"lists": list, "tasks": mine, "sessions": sessions[0].(map[string]any)["id"].(string)}
	for _, o := range operations(t) {
		if kind := o.kind(); kind != "" && ids[kind] == "" {
			ids[kind] = w.create(t, kind, accessToken)
		}
	}
	return ids
}

// create makes what the contract's example is of.
func (w *world) create(t *testing.T, kind, accessToken string) (id string) {
	t.Helper()
	for _, o := range operations(t) {
		if o.method == http.MethodPost && strings.HasSuffix(o.path, "/"+kind) {
			return w.want(t, 201, o.ask(t, "", accessToken))["id"].(string)
		}
	}
	t.Fatalf("nothing creates %s: teach this test how one comes into being", kind)
	return ""
}

// state is everything that a user can see of what is theirs.
func (w *world) state(t *testing.T, accessToken string, ids map[string]string) string {
	t.Helper()
	var all strings.Builder
	for _, o := range operations(t) {
		if o.method == http.MethodGet && o.secured() {
			all.WriteString(w.do(t, o.ask(t, ids[o.kind()], accessToken)).Body.String())
		}
	}
	return all.String()
}

func TestNoOperationTakesATokenThatIsNone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, w *world, grant map[string]any) (authorization string){
		"no token":       func(*testing.T, *world, map[string]any) string { return "" },
		"another scheme": func(_ *testing.T, _ *world, g map[string]any) string { return "Basic " + g["access_token"].(string) },
		"a refresh token": func(_ *testing.T, _ *world, g map[string]any) string {
			return "Bearer " + g["refresh_token"].(string)
		},
		"expired": func(_ *testing.T, w *world, g map[string]any) string {
			w.clock.Add(user.AccessTokenLife + time.Minute)
			return "Bearer " + g["access_token"].(string)
		},
		"of an ended session": func(t *testing.T, w *world, g map[string]any) string {
			raw := g["access_token"].(string)
			w.trust.Apply(2, token.Change{Sequence: 2, Expires: w.clock.Now().Add(time.Hour), Session: claimOf(t, raw, "sid")})
			return "Bearer " + raw
		},
		"of a deleted account": func(t *testing.T, w *world, g map[string]any) string {
			raw := g["access_token"].(string)
			w.trust.Apply(2, token.Change{Sequence: 2, User: claimOf(t, raw, "sub")})
			return "Bearer " + raw
		},
		"of another signer": func(t *testing.T, w *world, g map[string]any) string {
			w.signer = token.NewSigner(w.key.ID, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)))
			return "Bearer " + w.sign(t, token.Claims{Scopes: token.AllScopes, IssuedAt: w.clock.Now(), Expires: w.clock.Now().Add(time.Minute)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			authorization := spoil(t, w, w.signIn(t, "mei"))
			w.users, w.tasks = noUsers{}, noTasks{} // whatever gets through is a panic
			w.open()
			for _, o := range operations(t) {
				if !o.secured() {
					continue
				}
				a := o.ask(t, ulid.Make().String(), "")
				if authorization != "" {
					a.header = map[string]string{"Authorization": authorization}
				}
				answer := w.do(t, a)
				if answer.Code != http.StatusUnauthorized || !strings.HasPrefix(answer.Header().Get("WWW-Authenticate"), "Bearer ") {
					t.Errorf("%s: %d %s", o.OperationID, answer.Code, answer.Body)
				}
			}
		})
	}
}

func TestNoOperationTakesTheTokenOfAScriptThatHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mei := w.join(t, "mei")
	script := func(expires time.Time) (id, secret string) {
		body := `{"name": "backup", "scopes": ["tasks:read", "tasks:write", "account"], "expire_time": "` + expires.Format(time.RFC3339) + `"}`
		made := w.want(t, 201, ask{method: "POST", path: "/api/v1/access-tokens", body: body, token: mei})
		return made["id"].(string), made["token"].(string)
	}
	id, revoked := script(morning.Add(time.Hour))
	_, expired := script(morning.Add(time.Minute))
	w.want(t, 200, ask{method: "GET", path: "/api/v1/users/me", token: expired}) // until it has
	if answer := w.do(t, ask{method: "DELETE", path: "/api/v1/access-tokens/" + id, token: mei}); answer.Code != http.StatusNoContent {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	w.clock.Add(2 * time.Minute)
	for _, o := range operations(t) {
		for name, raw := range map[string]string{"revoked": revoked, "expired": expired} {
			if !o.secured() {
				continue
			}
			if answer := w.do(t, o.ask(t, w.clock.NewID().String(), raw)); answer.Code != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d %s", o.OperationID, name, answer.Code, answer.Body)
			}
		}
	}
}

type (
	noUsers struct{ user.Service }
	noTasks struct{ task.Service }
)

func TestOpenOperationsLookAtNoToken(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if o.secured() {
			continue
		}
		answers := map[string]int{}
		for _, authorization := range []string{"", "Bearer x", "Basic eDp5"} {
			a := o.ask(t, ulid.Make().String(), "")
			a.header = map[string]string{"Authorization": authorization}
			answers[authorization] = newWorld(t).do(t, a).Code
		}
		if answers["Bearer x"] != answers[""] || answers["Basic eDp5"] != answers[""] {
			t.Errorf("%s: %v", o.OperationID, answers)
		}
	}
}

func TestNoOperationShowsOrChangesWhatIsAnothers(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		if !o.secured() {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mei, eve := w.join(t, "mei"), w.join(t, "eve")
			hers := w.own(t, mei)
			before := w.state(t, mei, hers)
			if o.kind() == "" {
				checkNothingOf(t, hers, w.do(t, o.ask(t, "", eve)))
			} else {
				foreign := w.do(t, o.ask(t, hers[o.kind()], eve))
				unknown := w.do(t, o.ask(t, w.clock.NewID().String(), eve))
				if foreign.Code != http.StatusNotFound || unknown.Code != http.StatusNotFound {
					t.Errorf("a foreign one: %d, an unknown one: %d", foreign.Code, unknown.Code)
				}
				if told(foreign) != told(unknown) {
					t.Errorf("a foreign one is told from an unknown one:\n%s\n%s", told(foreign), told(unknown))
				}
			}
			if after := w.state(t, mei, hers); after != before {
				t.Errorf("before %s\nafter %s", before, after)
			}
		})
	}
}

func TestNothingIsPutIntoWhatIsAnothers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mei, eve := w.join(t, "mei"), w.join(t, "eve")
	hers, mine := w.own(t, mei), w.own(t, eve)
	before := w.state(t, mei, hers)
	for _, a := range []ask{
		{method: "POST", path: "/api/v1/tasks", body: `{"title": "x", "list_id": "` + hers["lists"] + `"}`},
		{method: "PATCH", path: "/api/v1/tasks/" + mine["tasks"], body: `{"list_id": "` + hers["lists"] + `"}`},
	} {
		a.token = eve
		if answer := w.do(t, a); answer.Code != http.StatusNotFound {
			t.Errorf("%s %s: %d", a.method, a.path, answer.Code)
		}
	}
	if page := w.want(t, 200, ask{method: "GET", path: "/api/v1/tasks?list_id=" + hers["lists"], token: eve}); len(page["tasks"].([]any)) != 0 {
		t.Errorf("she sees %v", page)
	}
	if after := w.state(t, mei, hers); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func TestATokenAllowsNoMoreThanItsScopes(t *testing.T) {
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
				w := newWorld(t)
				mei := w.join(t, "mei")
				ids := w.own(t, mei)
				limited, err := w.signer.Sign(token.Claims{
					UserID: claimOf(t, mei, "sub"), SessionID: claimOf(t, mei, "sid"), TokenID: "jti",
					Scopes: scope, IssuedAt: w.clock.Now(), Expires: w.clock.Now().Add(time.Minute),
				})
				if err != nil {
					t.Fatal(err)
				}
				answer := w.do(t, o.ask(t, ids[o.kind()], limited))
				allowed := slices.ContainsFunc(alternatives, scope.Has)
				if refused := answer.Code == http.StatusForbidden && strings.Contains(answer.Body.String(), `"PERMISSION_DENIED"`); refused == allowed {
					t.Errorf("with %q, of %v: %d %s", scope, alternatives, answer.Code, answer.Body)
				}
			}
		})
	}
}

// checkNothingOf demands that an answer names nothing of somebody else's.
func checkNothingOf(t *testing.T, hers map[string]string, answer *httptest.ResponseRecorder) {
	t.Helper()
	for kind, id := range hers {
		if strings.Contains(answer.Body.String(), id) {
			t.Errorf("the answer tells of %s: %s", kind, answer.Body)
		}
	}
}

var requestID = regexp.MustCompile(`"request_id":"[^"]*"`)

// told is what an answer says, but for what is different in each.
func told(answer *httptest.ResponseRecorder) string {
	h := answer.Header().Clone()
	h.Del("X-Request-Id")
	headers, err := json.Marshal(h)
	if err != nil {
		return err.Error()
	}
	return string(headers) + requestID.ReplaceAllString(answer.Body.String(), "")
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

// signIn registers a user and returns what they get when they sign in.
func (w *world) signIn(t *testing.T, name string) map[string]any {
	t.Helper()
	credentials := `{"user_name": "` + name + `", "password": "correct horse battery"}`
	w.want(t, 201, ask{method: "POST", path: "/api/v1/users", body: credentials})
	return w.want(t, 201, ask{method: "POST", path: "/api/v1/sessions", body: credentials})
}
