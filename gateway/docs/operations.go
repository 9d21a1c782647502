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
	Open                      bool     // needs no token
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

func overview(root tree) info {
	i := root.get("info")
	return info{
		Title:   i.get("title").text(),
		Summary: i.get("summary").text(),
		Version: i.get("version").text(),
		Text:    paragraphs(i.get("description").text()),
	}
}

// methods is the order in which the operations of a path are read.
var methods = []string{"get", "post", "put", "patch", "delete"}

// groups puts the operations under their tags.
func groups(root tree) []group {
	var all []group
	for _, tag := range root.get("tags").items() {
		g := group{Name: tag.get("name").text(), Text: paragraphs(tag.get("description").text())}
		for _, path := range root.get("paths").members() {
			for _, method := range methods {
				op := path.get(method)
				if slices.Contains(op.get("tags").texts(), g.Name) {
					g.Operations = append(g.Operations, describe(path, method, op))
				}
			}
		}
		all = append(all, g)
	}
	return all
}

func describe(path member, method string, op tree) operation {
	o := operation{
		ID:      op.get("operationId").text(),
		Method:  strings.ToUpper(method),
		Path:    path.name,
		Summary: op.get("summary").text(),
		Text:    paragraphs(op.get("description").text()),
		Open:    op.get("security").exists() && len(op.get("security").items()) == 0,
		Scopes:  scopes(op.get("security")),
		Body:    describeBody(op.get("requestBody", "content")),
	}
	for _, p := range append(path.get("parameters").items(), op.get("parameters").items()...) {
		p, _ := p.follow()
		f := describeField(p.get("name").text(), p.get("schema"), p.get("required").text() == "true")
		f.Where = p.get("in").text()
		f.Text = inline(p.described())
		o.Parameters = append(o.Parameters, f)
	}
	for _, r := range op.get("responses").members() {
		o.Responses = append(o.Responses, describeResponse(r))
	}
	return o
}

// scopes returns what a token must allow.
func scopes(security tree) (all []string) {
	for _, alternative := range security.items() {
		for _, scheme := range alternative.members() {
			all = append(all, scheme.texts()...)
		}
	}
	return all
}

func describeResponse(m member) response {
	target, _ := m.follow()
	r := response{
		Status: m.name,
		Class:  "s" + m.name[:1],
		Text:   paragraphs(target.get("description").text()),
	}
	for _, h := range target.get("headers").members() {
		header, _ := h.follow()
		f := describeField(h.name, header.get("schema"), false)
		f.Text = inline(header.described())
		r.Headers = append(r.Headers, f)
	}
	if m.name[0] == '2' { // every problem is alike
		r.Body = describeBody(target.get("content"))
	}
	return r
}

// describeBody returns nil for no content. Media types of one schema are one body.
func describeBody(content tree) *body {
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
	if target, name := schema.follow(); name != "" && isAnswer(target) {
		b.Type = typeOf(schema)
	} else {
		b.Fields = fields(target)
	}
	if example := media[0].get("example"); example.exists() {
		b.JSON = example.json("")
	}
	return b
}
