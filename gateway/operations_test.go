package gateway_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"todokit/pkg/token"
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

// request returns the request of the contract's example.
func (o operation) request(t *testing.T, id, token string) req {
	t.Helper()
	r := req{method: o.method, path: strings.ReplaceAll(o.path, "{id}", id), token: token}
	if o.RequestBody != nil {
		media := o.RequestBody.Value.Content.Get("application/json")
		if media == nil || media.Example == nil {
			t.Fatalf("%s has no example of its body", o.OperationID)
		}
		body, err := json.Marshal(media.Example)
		if err != nil {
			t.Fatal(err)
		}
		r.body = string(body)
	}
	return r
}

// own makes one of each kind of thing for a signed-in user, and returns the ids.
func (f *fixture) own(t *testing.T, accessToken string) map[string]string {
	t.Helper()
	list := f.want(t, 201, req{method: "POST", path: "/api/v1/lists", body: `{"title": "Mine"}`, token: accessToken})["id"].(string)
	mine := f.want(t, 201, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "Mine", "list_id": "` + list + `"}`, token: accessToken})["id"].(string)
	sessions := f.want(t, 200, req{method: "GET", path: "/api/v1/sessions", token: accessToken})["sessions"].([]any)
	ids := map[string]string{"lists": list, "tasks": mine, "sessions": sessions[0].(map[string]any)["id"].(string)}
	for _, o := range operations(t) {
		if kind := o.kind(); kind != "" && ids[kind] == "" {
			ids[kind] = f.create(t, kind, accessToken)
		}
	}
	return ids
}

// create makes what the contract's example is of.
func (f *fixture) create(t *testing.T, kind, accessToken string) (id string) {
	t.Helper()
	for _, o := range operations(t) {
		if o.method == http.MethodPost && strings.HasSuffix(o.path, "/"+kind) {
			return f.want(t, 201, o.request(t, "", accessToken))["id"].(string)
		}
	}
	t.Fatalf("nothing creates %s: this test has to be told how one is created", kind)
	return ""
}

// state is everything that a user can see of what is theirs.
func (f *fixture) state(t *testing.T, accessToken string, ids map[string]string) string {
	t.Helper()
	var all strings.Builder
	for _, o := range operations(t) {
		if o.method == http.MethodGet && o.secured() {
			all.WriteString(f.do(t, o.request(t, ids[o.kind()], accessToken)).Body.String())
		}
	}
	return all.String()
}
