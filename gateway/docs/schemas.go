package docs

import (
	"html/template"
	"slices"
	"strings"
)

// field is a member of an object, a parameter or a header.
type field struct {
	Name     string
	Where    string // of a parameter: query, header, path
	Type     template.HTML
	Required bool
	Limits   []string
	Text     template.HTML
}

type schema struct {
	Name   string
	Fields []field
}

// schemas lists the objects that answers are made of.
func schemas(root tree) []schema {
	var all []schema
	for _, m := range root.get("components", "schemas").members() {
		if isAnswer(m.tree) {
			all = append(all, schema{Name: m.name, Fields: fields(m.tree)})
		}
	}
	return all
}

// isAnswer tells the objects of answers, which may grow, from those of
// requests, which are shown where they are sent.
func isAnswer(s tree) bool {
	return s.get("type").text() == "object" && !s.get("additionalProperties").exists()
}

func fields(object tree) []field {
	required := object.get("required").texts()
	var all []field
	for _, m := range object.get("properties").members() {
		all = append(all, describeField(m.name, m.tree, slices.Contains(required, m.name)))
	}
	return all
}

func describeField(name string, s tree, required bool) field {
	return field{Name: name, Type: typeOf(s), Required: required, Limits: limits(s), Text: inline(s.described())}
}

// typeOf names a type; that of an object with a name is a link to it.
func typeOf(s tree) template.HTML {
	target, name := s.follow()
	if target.get("type").text() == "object" && name != "" {
		escaped := template.HTMLEscapeString(name)
		return template.HTML(`<a href="#schema-` + escaped + `">` + escaped + `</a>`) //nolint:gosec // escaped
	}
	types := target.get("type").texts()
	if slices.Contains(types, "array") {
		return "list of " + typeOf(target.get("items")) + orNull(types)
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

// limits says in a few words what a value is held to.
func limits(s tree) []string {
	target, _ := s.follow()
	var all []string
	say := func(before, keyword, after string) {
		if v := target.get(keyword).text(); v != "" {
			all = append(all, before+v+after)
		}
	}
	if values := target.get("enum").texts(); len(values) > 0 {
		all = append(all, strings.Join(values, " · "))
	}
	say("always ", "const", "")
	say("at least ", "minLength", " characters")
	say("at most ", "maxLength", " characters")
	say("from ", "minimum", "")
	say("to ", "maximum", "")
	say("at most ", "maxItems", " items")
	if d := target.get("default"); d.exists() {
		all = append(all, d.text()+" by default")
	}
	return all
}
