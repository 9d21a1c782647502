package apitest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// body adds bodies that are no JSON object, and requests that say they have
// something else.
func (b *builder) body() {
	for wrong, value := range map[string]string{
		"empty": "", "blank": " ", "cut off": `{"`, "array": "[]", "null": "null", "two values": "{}{}", "no JSON": "a=1", "trailing comma": `{"a": 1,}`,
		"byte order mark": "\uFEFF{}", "UTF-16": "{\x00}\x00", "not UTF-8": "{\"\xff\": 1}", "too deep": strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17),
		"unknown member": `{"colour": 1}`, "escaped unknown member": `{"\u0063olour": 1}`,
	} {
		b.add("body: "+wrong, http.StatusBadRequest, func(r *BadRequest) { r.Body = value })
	}
	b.add("no body", http.StatusBadRequest, func(r *BadRequest) {
		r.Body = ""
		r.Header.Del("Content-Type")
	})
	b.add("body: too large", http.StatusRequestEntityTooLarge, func(r *BadRequest) { r.Body = strings.Repeat(" ", 1<<20+1) })
	for wrong, header := range map[string][2]string{
		"text": {"Content-Type", "text/plain"}, "form": {"Content-Type", "application/x-www-form-urlencoded"}, "malformed": {"Content-Type", ";;"},
		"Latin-1": {"Content-Type", "application/json; charset=latin1"}, "compressed": {"Content-Encoding", "gzip"},
	} {
		b.add("type: "+wrong, http.StatusUnsupportedMediaType, func(r *BadRequest) { r.Header.Set(header[0], header[1]) })
	}
}

// members adds bodies with one member that is wrong.
func (b *builder) members() {
	for _, name := range b.schema().Required {
		b.member(name+" is missing", func(body map[string]any) { delete(body, name) })
	}
	for name, property := range b.schema().Properties {
		for wrong, value := range wrongValues(property.Value) {
			b.member(name+" is "+wrong, func(body map[string]any) { body[name] = value })
		}
		b.add("member "+name+" is there twice", http.StatusBadRequest, func(r *BadRequest) {
			r.Body = fmt.Sprintf("{%[1]q: %[2]s, %[1]q: %[2]s}", name, text(b.example()[name]))
		})
	}
}

func (b *builder) member(wrong string, change func(body map[string]any)) {
	body := maps.Clone(b.required())
	change(body)
	b.add("member "+wrong, http.StatusBadRequest, func(r *BadRequest) { r.Body = text(body) })
}

// wrongValues returns values that a schema does not allow, by what is wrong.
func wrongValues(s *openapi3.Schema) map[string]any {
	wrong := map[string]any{"an object": map[string]any{"a": 1}, "a flag": true}
	if !s.Type.Includes(openapi3.TypeNull) {
		wrong["null"] = nil
	}
	switch {
	case s.Type.Includes(openapi3.TypeString):
		wrong["a number"] = 1
		wrong["NUL"] = "a\x00b"
		for name, value := range wrongStrings(s) {
			wrong[name] = value
		}
	case s.Type.Includes(openapi3.TypeInteger):
		wrong["a string"] = "1"
		wrong["a fraction"] = 1.5
		wrong["too small"] = *s.Min - 1
		wrong["too large"] = *s.Max + 1
	case s.Type.Includes(openapi3.TypeNumber):
		wrong["a string"] = "1"
	case s.Type.Includes(openapi3.TypeArray):
		wrong["a string"] = "x"
		wrong["too long"] = manyItems(int(*s.MaxItems) + 1)
		for name, value := range wrongValues(s.Items.Value) {
			wrong["a list of which the second is "+name] = []any{"account", value}
		}
	}
	return wrong
}

// wrongStrings returns strings that a schema does not allow.
func wrongStrings(s *openapi3.Schema) map[string]string {
	wrong := map[string]string{}
	if s.MaxLength != nil {
		wrong["too long"] = strings.Repeat("x", int(*s.MaxLength)+1)
	}
	if s.MinLength > 0 {
		wrong["empty"] = ""
	}
	if len(s.Enum) > 0 || s.Pattern != "" || s.Format != "" || len(s.AnyOf) > 0 {
		wrong["nonsense"] = "nonsense"
	}
	return wrong
}

// manyItems returns strings of which none is there twice.
func manyItems(n int) []any {
	items := make([]any, n)
	for i := range items {
		items[i] = fmt.Sprint("item ", i)
	}
	return items
}

// wrongTexts returns values of a parameter, encoded, that it does not take.
func wrongTexts(p *openapi3.Parameter) map[string]string {
	wrong := map[string]string{}
	switch s := p.Schema.Value; {
	case s.Type.Includes(openapi3.TypeInteger):
		wrong["empty"], wrong["a word"], wrong["a fraction"] = "", "many", "1.5"
		wrong["too small"], wrong["too large"] = fmt.Sprint(*s.Min-1), fmt.Sprint(*s.Max+1)
	case s.Type.Includes(openapi3.TypeBoolean):
		wrong["empty"], wrong["a number"], wrong["nonsense"] = "", "1", "nonsense"
	default:
		for name, value := range wrongStrings(s) {
			wrong[name] = url.QueryEscape(value)
		}
	}
	switch p.Name {
	case "page_token":
		wrong["forged"] = "AAAA"
	case "due_before", "due_after", "updated_after":
		wrong["an instant whose + is no %2B"] = "2026-11-24T09:00:00+01:00"
	}
	return wrong
}
