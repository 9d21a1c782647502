package docs

import (
	"html/template"
	"slices"
	"strings"
)

// field is a member of an object, a parameter or a header.
type field struct {
	Name        string
	Where       string // of a parameter: query, header, path
	Type        template.HTML
	Required    bool
	Constraints []string
	Text        template.HTML
}

type schema struct {
	Name   string
	Fields []field
}

// schemas lists the objects that responses are made of.
func schemas(root node) []schema {
	var all []schema
	for _, m := range root.get("components", "schemas").members() {
		if isResponseObject(m.node) {
			all = append(all, schema{Name: m.name, Fields: fields(m.node)})
		}
	}
	return all
}

// isResponseObject distinguishes the objects of responses, which may get more
// members, from those of requests, which are shown with their operations.
func isResponseObject(s node) bool {
	return s.get("type").text() == "object" && !s.get("additionalProperties").exists()
}

func fields(object node) []field {
	required := object.get("required").texts()
	var all []field
	for _, m := range object.get("properties").members() {
		all = append(all, newField(m.name, m.node, slices.Contains(required, m.name)))
	}
	return all
}

func newField(name string, s node, required bool) field {
	return field{Name: name, Type: typeName(s), Required: required, Constraints: constraints(s), Text: inline(s.description())}
}

// typeName returns the name of a type: a link, for an object with a name.
func typeName(s node) template.HTML {
	target, name := s.resolve()
	if target.get("type").text() == "object" && name != "" {
		escaped := template.HTMLEscapeString(name)
		return template.HTML(`<a href="#schema-` + escaped + `">` + escaped + `</a>`) //nolint:gosec // escaped
	}
	types := target.get("type").texts()
	if slices.Contains(types, "array") {
		return "list of " + typeName(target.get("items")) + orNull(types)
	}
	label := strings.Join(slices.DeleteFunc(slices.Clone(types), isNull), " or ")
	if format := target.get("format").text(); format == "date-time" {
		label = "time"
	}
	return template.HTML(template.HTMLEscapeString(label)) + orNull(types) //nolint:gosec // escaped
}

func isNull(s string) bool { return s == "null" }

func orNull(types []string) template.HTML {
	if slices.ContainsFunc(types, isNull) {
		return " or null"
	}
	return ""
}

// constraints lists in a few words what a value must be.
func constraints(s node) []string {
	target, _ := s.resolve()
	var all []string
	add := func(before, keyword, after string) {
		if v := target.get(keyword).text(); v != "" {
			all = append(all, before+v+after)
		}
	}
	if values := target.get("enum").texts(); len(values) > 0 {
		all = append(all, strings.Join(values, " · "))
	}
	add("always ", "const", "")
	add("at least ", "minLength", " characters")
	add("at most ", "maxLength", " characters")
	add("from ", "minimum", "")
	add("to ", "maximum", "")
	add("at most ", "maxItems", " items")
	if d := target.get("default"); d.exists() {
		all = append(all, d.text()+" by default")
	}
	return all
}
