// Package apitest makes requests that are wrong in one way each, for every
// operation of the contract and from what that says of its parameters and
// members. So a new route, parameter or member is tried as well.
package apitest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// BadRequest is a request that is refused, and changes nothing.
type BadRequest struct {
	Name      string // the operation, and what is wrong
	Method    string
	Target    string // path and query
	Anonymous bool   // whether it is sent without a token; others need a good one, unless Header has one
	Header    http.Header
	Body      string
	Status    int // of the response
}

// BadRequests returns those of all operations. ids are of things that there are,
// by the name that stands before them in a path: "tasks".
func BadRequests(doc *openapi3.T, ids map[string]string) []BadRequest {
	var all []BadRequest
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := operation{Operation: op, method: method, path: path, params: slices.Concat(item.Parameters, op.Parameters), security: doc.Security}
			all = append(all, o.badRequests(ids)...)
		}
	}
	slices.SortFunc(all, func(a, b BadRequest) int { return strings.Compare(a.Name, b.Name) })
	return all
}

type operation struct {
	*openapi3.Operation
	method, path string
	params       openapi3.Parameters
	security     openapi3.SecurityRequirements // of operations that say nothing of it
}

// builder collects the bad requests of one operation.
type builder struct {
	operation
	target string // with the id of something that there is
	all    []BadRequest
}

func (o operation) badRequests(ids map[string]string) []BadRequest {
	b := builder{operation: o, target: o.path}
	if kind, _, ok := strings.Cut(o.path, "/{id}"); ok {
		b.target = strings.Replace(o.path, "{id}", ids[kind[strings.LastIndex(kind, "/")+1:]], 1)
	}
	b.address()
	b.authorization()
	for _, p := range o.params {
		switch p.Value.In {
		case openapi3.ParameterInQuery:
			b.parameter(p.Value)
		case openapi3.ParameterInHeader:
			b.header(p.Value.Name)
		}
	}
	if o.RequestBody != nil {
		b.body()
		b.members()
	}
	return b.all
}

// add adds a request that is right but for a change.
func (b *builder) add(wrong string, status int, change func(*BadRequest)) {
	r := BadRequest{Name: b.OperationID + ": " + wrong, Method: b.method, Target: b.target, Header: http.Header{}, Status: status}
	if b.RequestBody != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Body = text(b.required())
	}
	change(&r)
	b.all = append(b.all, r)
}

func (b *builder) address() {
	b.add("unknown parameter", http.StatusBadRequest, func(r *BadRequest) { r.Target += "?colour=red" })
	b.add("query with half an escape", http.StatusBadRequest, func(r *BadRequest) { r.Target += "?x=%f" })
	b.add("slash behind the path", http.StatusNotFound, func(r *BadRequest) { r.Target += "/" })
	b.add("unknown method", http.StatusMethodNotAllowed, func(r *BadRequest) { r.Method = "BREW" })
	if b.target == b.path {
		return
	}
	for wrong, id := range map[string]string{"id that is none": "x", "id of nothing": "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		b.add(wrong, http.StatusNotFound, func(r *BadRequest) { r.Target = strings.Replace(b.path, "{id}", id, 1) })
	}
}

func (b *builder) authorization() {
	security := b.security
	if b.Security != nil {
		security = *b.Security
	}
	if len(security) == 0 {
		return
	}
	b.add("no token", http.StatusUnauthorized, func(r *BadRequest) { r.Anonymous = true })
	for wrong, value := range map[string]string{
		"forged token": "Bearer x.y.z", "forged personal token": "Bearer tdk_0000000000000000000000000000000000000000000EXAMPL",
		"no token behind the scheme": "Bearer", "another scheme": "Basic eDp5",
	} {
		b.add(wrong, http.StatusUnauthorized, func(r *BadRequest) { r.Header.Set("Authorization", value) })
	}
}

func (b *builder) parameter(p *openapi3.Parameter) {
	for wrong, value := range map[string]string{"not UTF-8": "%ff", "NUL": "%00", "twice": "1&" + p.Name + "=1"} {
		b.add("parameter "+p.Name+": "+wrong, http.StatusBadRequest, func(r *BadRequest) { r.Target += "?" + p.Name + "=" + value })
	}
	for wrong, value := range wrongTexts(p) {
		b.add("parameter "+p.Name+": "+wrong, http.StatusBadRequest, func(r *BadRequest) { r.Target += "?" + p.Name + "=" + value })
	}
}

func (b *builder) header(name string) {
	values := map[string][]string{"empty": {""}, "not quoted": {"3"}, "no comma": {`"3" "4"`}, "half": {`"3`}, "any and one": {"*", `"3"`}}
	if name == "Idempotency-Key" {
		values = map[string][]string{"empty": {""}, "blank": {"two words"}, "too long": {strings.Repeat("x", 201)}, "not ASCII": {"schlüssel"}, "twice": {"a", "b"}}
	}
	for wrong, value := range values {
		b.add("header "+name+": "+wrong, http.StatusBadRequest, func(r *BadRequest) { r.Header[name] = value })
	}
}

// example returns the body of the contract's example.
func (b *builder) example() map[string]any {
	example, _ := b.RequestBody.Value.Content.Get("application/json").Example.(map[string]any)
	return example
}

func (b *builder) schema() *openapi3.Schema {
	return b.RequestBody.Value.Content.Get("application/json").Schema.Value
}

// required returns the example without what need not be there.
func (b *builder) required() map[string]any {
	body := map[string]any{}
	for _, name := range b.schema().Required {
		body[name] = b.example()[name]
	}
	return body
}

func text(v any) string {
	s, _ := json.Marshal(v) // it came from JSON, or is made of its types
	return string(s)
}
