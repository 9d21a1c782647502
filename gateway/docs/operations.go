package docs

import (
	"html/template"
	"slices"
	"strings"
)

type info struct {
	Title, Summary, Version string
	Text                    []template.HTML
}

type group struct {
	Name       string
	Text       []template.HTML
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary string
	Text                      []template.HTML
	Public                    bool     // needs no token
	Scopes                    []string // that its token needs
	Parameters                []field
	Body                      *body
	Responses                 []response
}

type body struct {
	Types  string
	Type   template.HTML // a schema with a name
	Fields []field
	JSON   string // example
}

type response struct {
	Status, Class string
	Text          []template.HTML
	Headers       []field
	Body          *body
}

func newInfo(root node) info {
	i := root.get("info")
	return info{
		Title:   i.get("title").text(),
		Summary: i.get("summary").text(),
		Version: i.get("version").text(),
		Text:    paragraphs(i.get("description").text()),
	}
}

// methods is the order in which the operations of a path are shown.
var methods = []string{"get", "post", "put", "patch", "delete"}

// groups lists the operations of each tag.
func groups(root node) []group {
	var all []group
	for _, tag := range root.get("tags").items() {
		g := group{Name: tag.get("name").text(), Text: paragraphs(tag.get("description").text())}
		for _, path := range root.get("paths").members() {
			for _, method := range methods {
				op := path.get(method)
				if slices.Contains(op.get("tags").texts(), g.Name) {
					g.Operations = append(g.Operations, newOperation(path, method, op))
				}
			}
		}
		all = append(all, g)
	}
	return all
}

func newOperation(path member, method string, op node) operation {
	o := operation{
		ID:      op.get("operationId").text(),
		Method:  strings.ToUpper(method),
		Path:    path.name,
		Summary: op.get("summary").text(),
		Text:    paragraphs(op.get("description").text()),
		Public:  op.get("security").exists() && len(op.get("security").items()) == 0,
		Scopes:  scopes(op.get("security")),
		Body:    newBody(op.get("requestBody", "content")),
	}
	for _, p := range append(path.get("parameters").items(), op.get("parameters").items()...) {
		p, _ := p.resolve()
		f := newField(p.get("name").text(), p.get("schema"), p.get("required").text() == "true")
		f.Where = p.get("in").text()
		f.Text = inline(p.description())
		o.Parameters = append(o.Parameters, f)
	}
	for _, r := range op.get("responses").members() {
		o.Responses = append(o.Responses, newResponse(r))
	}
	return o
}

// scopes lists what a token must allow.
func scopes(security node) (all []string) {
	for _, alternative := range security.items() {
		for _, scheme := range alternative.members() {
			all = append(all, scheme.texts()...)
		}
	}
	return all
}

func newResponse(m member) response {
	target, _ := m.resolve()
	r := response{
		Status: m.name,
		Class:  "s" + m.name[:1],
		Text:   paragraphs(target.get("description").text()),
	}
	for _, h := range target.get("headers").members() {
		header, _ := h.resolve()
		f := newField(h.name, header.get("schema"), false)
		f.Text = inline(header.description())
		r.Headers = append(r.Headers, f)
	}
	if m.name[0] == '2' { // the body of every problem is the same
		r.Body = newBody(target.get("content"))
	}
	return r
}

// newBody returns nil where there is no content. Media types with one schema are
// shown as one body.
func newBody(content node) *body {
	media := content.members()
	if len(media) == 0 {
		return nil
	}
	names := make([]string, len(media))
	for i, m := range media {
		names[i] = m.name
	}
	b := &body{Types: strings.Join(names, " or ")}
	schema := media[0].get("schema")
	if target, name := schema.resolve(); name != "" && isResponseObject(target) {
		b.Type = typeName(schema)
	} else {
		b.Fields = fields(target)
	}
	if example := media[0].get("example"); example.exists() {
		b.JSON = example.json("")
	}
	return b
}
