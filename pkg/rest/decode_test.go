package rest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

// thing has a member of each type.
type example struct {
	Name   string
	Nick   string
	Size   int
	Weight float64
	Labels []string
	seen   map[string]bool
}

func (th *example) members() rest.Members {
	th.seen = map[string]bool{}
	noted := func(name string, m rest.Member) rest.Member {
		return func(v json.RawMessage) *errs.Field {
			th.seen[name] = true
			return m(v)
		}
	}
	return rest.Members{
		"name":   noted("name", rest.Into(&th.Name, rest.Text)),
		"nick":   noted("nick", rest.Into(&th.Nick, rest.OrNull(rest.Text))),
		"size":   noted("size", rest.Into(&th.Size, rest.Integer)),
		"weight": noted("weight", rest.Into(&th.Weight, rest.Number)),
		"labels": noted("labels", rest.Into(&th.Labels, rest.Texts)),
		"id":     rest.ReadOnly,
	}
}

func TestDecode_KnownMembers_AreRead(t *testing.T) {
	t.Parallel()
	th := example{Nick: "before"}
	err := rest.Decode([]byte(` {"name": "a\u00e4\ud83d\ude00\n", "nick": null, "size": -3, "weight": 1e3, "labels": ["x", ""]} `), th.members())
	if err != nil {
		t.Fatal(err)
	}
	if th.Name != "aä😀\n" || th.Nick != "" || th.Size != -3 || th.Weight != 1000 || len(th.Labels) != 2 {
		t.Errorf("got %+v", th)
	}
	if err := rest.Decode([]byte(`{"size":1}`), th.members()); err != nil || th.seen["nick"] || !th.seen["size"] {
		t.Errorf("an absent member was taken: %v, %v", th.seen, err)
	}
}

func TestDecode_BadBody_IsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, code, says string }{
		{"nothing", "", "MALFORMED_BODY", "empty"},
		{"blank", " \n\t", "MALFORMED_BODY", "empty"},
		{"blank to Unicode only", "\u00a0", "MALFORMED_BODY", "At byte 1"},
		{"no JSON", "name=x", "MALFORMED_BODY", "At byte 2"},
		{"cut off", `{"name": "x`, "MALFORMED_BODY", "unexpected end"},
		{"trailing data", `{} {}`, "MALFORMED_BODY", "after top-level value"},
		{"trailing comma", `{"size": 1,}`, "MALFORMED_BODY", "At byte"},
		{"a bad character at the end", `{"size": 1]`, "MALFORMED_BODY", "At byte 11: invalid character ']'"},
		{"byte order mark", "\ufeff{}", "MALFORMED_BODY", "byte order mark"},
		{"byte order mark after blanks", "\r\n\ufeff{}", "MALFORMED_BODY", "byte order mark"},
		{"byte order mark only", "\ufeff", "MALFORMED_BODY", "byte order mark"},
		{"byte order mark twice", "\ufeff\ufeff{}", "MALFORMED_BODY", "byte order mark"},
		{"byte order mark behind", "{}\ufeff", "MALFORMED_BODY", "At byte 3"},
		{"byte order mark in a name", "{\"\ufeffname\": \"x\"}", "INVALID_ARGUMENT", "\ufeffname UNKNOWN_FIELD"},
		{"UTF-16 with its mark", "\xfe\xff\x00{\x00}", "MALFORMED_BODY", "UTF-16"},
		{"UTF-16, the other way", "\xff\xfe{\x00}\x00", "MALFORMED_BODY", "UTF-16"},
		{"UTF-16 without a mark", "{\x00}\x00", "MALFORMED_BODY", "UTF-16"},
		{"UTF-16 without a mark, the other way", "\x00{\x00}", "MALFORMED_BODY", "UTF-16"},
		{"UTF-32", "\x00\x00\xfe\xff\x00\x00\x00{\x00\x00\x00}", "MALFORMED_BODY", "UTF-32"},
		{"UTF-32 without a mark", "{\x00\x00\x00}\x00\x00\x00", "MALFORMED_BODY", "UTF-32"},
		{"an array", `[{"name": "x"}]`, "MALFORMED_BODY", "not a JSON object"},
		{"a string", `"x"`, "MALFORMED_BODY", "not a JSON object"},
		{"null", `null`, "MALFORMED_BODY", "not a JSON object"},
		{"not UTF-8", "{\"name\": \"\xff\"}", "MALFORMED_BODY", "UTF-8"},
		{"deep", `{"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "MALFORMED_BODY", "deeper"},
		{"very deep", strings.Repeat("[", 500_000), "MALFORMED_BODY", "deeper"},
		{"unknown member", `{"colour": 1}`, "INVALID_ARGUMENT", "colour UNKNOWN_FIELD"},
		{"other case", `{"Name": "x"}`, "INVALID_ARGUMENT", "Name UNKNOWN_FIELD"},
		{"long unknown member", `{"` + strings.Repeat("x", 1000) + `": 1}`, "INVALID_ARGUMENT", strings.Repeat("x", 64) + "… UNKNOWN_FIELD"},
		{"repeated member", `{"size": 1, "size": 2}`, "INVALID_ARGUMENT", "size REPEATED"},
		{"repeated by escape", `{"size": 1, "siz\u0065": 2}`, "INVALID_ARGUMENT", "size REPEATED"},
		{"read-only member", `{"id": 1}`, "INVALID_ARGUMENT", "id READ_ONLY"},
		{"number for text", `{"name": 1}`, "INVALID_ARGUMENT", "name BAD_FORMAT must be a string"},
		{"object for text", `{"name": {"size": 1}}`, "INVALID_ARGUMENT", "name BAD_FORMAT must be a string"},
		{"null for text", `{"name": null}`, "INVALID_ARGUMENT", "name BAD_FORMAT must be a string"},
		{"NUL in text", `{"name": "a\u0000"}`, "INVALID_ARGUMENT", "name BAD_TEXT"},
		{"half a character", `{"name": "a\ud800"}`, "INVALID_ARGUMENT", "name BAD_TEXT"},
		{"the other half", `{"name": "\udc00\ud800"}`, "INVALID_ARGUMENT", "name BAD_TEXT"},
		{"half and a letter", `{"name": "\ud800\u0041"}`, "INVALID_ARGUMENT", "name BAD_TEXT"},
		{"text for number", `{"size": "1"}`, "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"fraction for integer", `{"size": 1.5}`, "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"null for integer", `{"size": null}`, "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"too large a number", `{"weight": 1e999}`, "INVALID_ARGUMENT", "weight BAD_FORMAT must be a number"},
		{"text for list", `{"labels": "x"}`, "INVALID_ARGUMENT", "labels BAD_FORMAT must be a list of strings"},
		{"null for list", `{"labels": null}`, "INVALID_ARGUMENT", "labels BAD_FORMAT must be a list of strings"},
		{"number in list", `{"labels": ["x", 2]}`, "INVALID_ARGUMENT", "labels[1] BAD_FORMAT must be a string"},
		{"all at once", `{"size": "1", "x": 1, "name": 2}`, "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer; x UNKNOWN_FIELD is not a known field; name BAD_FORMAT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var th example
			failure := errs.From(rest.Decode([]byte(tt.body), th.members()))
			if failure == nil {
				t.Fatal("it was accepted")
			}
			if failure.Code != tt.code || !strings.Contains(failure.Detail+describe(failure), tt.says) {
				t.Errorf("got %s: %s%s", failure.Code, failure.Detail, describe(failure))
			}
		})
	}
}

func describe(e *errs.Error) string {
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Name+" "+f.Code+" "+f.Message)
	}
	return strings.Join(all, "; ")
}

func TestDecode_ManyProblems_AreBounded(t *testing.T) {
	t.Parallel()
	var body bytes.Buffer
	body.WriteString(`{"x":1`)
	for range 100_000 {
		body.WriteString(`,"x":1`)
	}
	body.WriteString(`}`)
	var th example
	if failure := errs.From(rest.Decode(body.Bytes(), th.members())); len(failure.Fields) != 20 {
		t.Errorf("%d problems", len(failure.Fields))
	}
}

func TestFingerprint_SameMeaning_SameHash(t *testing.T) {
	t.Parallel()
	of := func(body string) [32]byte {
		sum, err := rest.Fingerprint([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if of(`{"a": 1, "b": "\u0041"}`) != of(`{"b":"A","a":1.0}`) {
		t.Error("the same meaning has two fingerprints")
	}
	if of(`{"a": [1, 2]}`) == of(`{"a": [2, 1]}`) || of(`{}`) == of(`{"a": null}`) {
		t.Error("two meanings have the same fingerprint")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"name":"x","nick":null,"size":1,"weight":0.5,"labels":["a"]}`, `{"name":"\ud83d\ude00\\"}`, `{"name":"\u00`,
		`{"id":1}`, `{"a":{"b":[{}]}}`, `{"name":"\ud800"}`, `{"size":1,"size":1}`, "{\"name\":\"\xc3\"}", `[`, `"`, ` {"labels":[ "a" , 1]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var th example
		err := rest.Decode(body, th.members())
		if err != nil {
			if k := errs.KindOf(err); k != errs.InvalidArgument {
				t.Fatalf("%q: kind %v", body, k)
			}
			return
		}
		// What is accepted is JSON for others as well, with the same meaning.
		var same struct {
			Name *string `json:"name"`
		}
		if err := json.Unmarshal(body, &same); err != nil {
			t.Fatalf("%q was accepted: %v", body, err)
		}
		if same.Name != nil && *same.Name != th.Name || !utf8.ValidString(th.Name) {
			t.Fatalf("%q: read %q", body, th.Name)
		}
		if _, err := rest.Fingerprint(body); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
