package rest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

// tagOf returns the ETag of a value that has a version.
func tagOf(t *testing.T, version int64, v any) string {
	t.Helper()
	p, err := rest.Represent(version, v)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := p.Write(w, httptest.NewRequest(http.MethodGet, "/", nil)); err != nil {
		t.Fatal(err)
	}
	return w.Header().Get("ETag")
}

func TestETag_SameVersion_ChangesWithTheRepresentation(t *testing.T) {
	t.Parallel()
	type before struct {
		Title string `json:"title"`
	}
	type oneMore struct {
		Title string  `json:"title"`
		Due   *string `json:"due"`
	}
	type renamed struct {
		Title string `json:"name"`
	}
	type otherType struct {
		Title []string `json:"title"`
	}
	tags := map[string]string{}
	for name, v := range map[string]any{
		"as it was": before{"x"}, "a field more": oneMore{Title: "x"}, "another name": renamed{"x"},
		"another type": otherType{[]string{"x"}}, "another value": before{"y"},
	} {
		tag := tagOf(t, 7, v)
		if other, taken := tags[tag]; taken {
			t.Errorf("%s and %s have the tag %s", name, other, tag)
		}
		tags[tag] = name
		if again := tagOf(t, 7, v); again != tag { // as on another gateway
			t.Errorf("%s: first %s, then %s", name, tag, again)
		}
		if tagOf(t, 8, v) == tag {
			t.Errorf("%s: two versions have the tag %s", name, tag)
		}
	}
	// Gateways of one release are not one process, so nothing random is in a tag.
	if got := tagOf(t, 7, before{"x"}); got != `"7-8a540535"` {
		t.Errorf("got %s", got)
	}
}

func TestWriteVersion_SameTagAsGet(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := rest.WriteVersion(w, http.StatusCreated, 3, map[string]string{"title": "x"}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Header().Get("ETag"), tagOf(t, 3, map[string]string{"title": "x"}); w.Code != 201 || got != want {
		t.Errorf("%d, ETag = %s, want %s", w.Code, got, want)
	}
}

func TestIfMatch_Header_ReturnsVersions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header []string
		match  []int64
		any    bool
	}{
		{name: "absent"},
		{name: "a version", header: []string{`"3"`}, match: []int64{3}},
		{name: "a tag", header: []string{`"3-9ae1b46f"`}, match: []int64{3}},
		{name: "a tag of another release", header: []string{`"3-00000000"`}, match: []int64{3}},
		{name: "weak by a proxy", header: []string{`W/"3-9ae1b46f"`}, match: []int64{3}},
		{name: "weak version", header: []string{`W/"3"`}, match: []int64{3}},
		{name: "compressed by a proxy", header: []string{`"3-9ae1b46f-gzip", "4-9ae1b46f-br", "5-9ae1b46f--gzip", W/"6-9ae1b46f-zstd", "7-deflate"`}, match: []int64{3, 4, 5, 6, 7}},
		{name: "any", header: []string{`*`}, any: true},
		{name: "any with blanks", header: []string{" *\t"}, any: true},
		{name: "list", header: []string{`"3", W/"4" ,"5-9ae1b46f"`}, match: []int64{3, 4, 5}},
		{name: "a version twice", header: []string{`"3", "3-9ae1b46f", "3"`}, match: []int64{3}},
		{name: "two headers", header: []string{`"3"`, `"4"`}, match: []int64{3, 4}},
		{name: "empty items", header: []string{`, "3",, `}, match: []int64{3}},
		{name: "not ours", header: []string{`W/"abc", "gzip", "-gzip", "3-brotli", "3-gzip-gzip", "abc", "a,b", "", "03", "+3", "0", "-1", "9999999999999999999"`}},
		{name: "nearly ours", header: []string{`"3-", "3-9ae1b46", "3-9ae1b46f0", "3-9AE1B46F", "3-9ae1b46g", "-9ae1b46f", "0-9ae1b46f"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if tt.header != nil {
				h["If-Match"] = tt.header
			}
			c, err := rest.IfMatch(h)
			if err != nil || c.Present != (tt.header != nil) || c.Any != tt.any || !slices.Equal(c.Versions, tt.match) {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestCondition_Check_SaysWhyNot(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]error{
		`"3"`: nil, `W/"3-9ae1b46f"`: nil, `*`: nil, `"2", "3"`: nil, `"abc", "3"`: nil,
		`"2"`: errs.ErrStaleVersion, `W/"2"`: errs.ErrStaleVersion, `"4-9ae1b46f-gzip"`: errs.ErrStaleVersion, `"abc", "2"`: errs.ErrStaleVersion,
		`"abc"`: rest.ErrUnknownTag, `W/"abc"`: rest.ErrUnknownTag, `""`: rest.ErrUnknownTag, `"03", "3.0"`: rest.ErrUnknownTag,
	} {
		c, err := rest.IfMatch(http.Header{"If-Match": {header}})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Check(3); !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", header, got, want)
		}
	}
	if err := (rest.Condition{}).Check(3); err != nil {
		t.Errorf("without the header: %v", err)
	}
}

func TestIfNoneMatch_Header_NamesTheTag(t *testing.T) {
	t.Parallel()
	const tag = `"3-9ae1b46f"`
	for header, want := range map[string]bool{
		tag: true, `W/` + tag: true, `"3-9ae1b46f-gzip"`: true, `W/"3-9ae1b46f-br"`: true, `*`: true, `"1", W/"2" ,` + tag: true, `, ` + tag + `,`: true,
		`"3"`: false, `W/"3"`: false, `"3-00000000"`: false, `"2-9ae1b46f"`: false, `"abc"`: false, `"", "a,b"`: false,
	} {
		got, err := rest.IfNoneMatch(http.Header{"If-None-Match": {header}}, tag)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", header, got, err)
		}
	}
	if got, err := rest.IfNoneMatch(http.Header{}, tag); err != nil || got {
		t.Errorf("without the header: %v, %v", got, err)
	}
}

func TestConditions_Malformed_NamesHeader(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"no quotes": `3`, "half quotes": `"3`, "lower-case weak": `w/"3"`, "blank in a tag": `"3 "`, "no comma": `"3" "4"`,
		"any and one": `*, "3"`, "empty": ``, "commas only": `,,`,
	} {
		_, match := rest.IfMatch(http.Header{"If-Match": {header}})
		_, noneMatch := rest.IfNoneMatch(http.Header{"If-None-Match": {header}}, `"3-9ae1b46f"`)
		for field, err := range map[string]error{"If-Match": match, "If-None-Match": noneMatch} {
			if !errors.Is(err, errs.ErrInvalid) || errs.From(err).Fields[0].Name != field {
				t.Errorf("%s: %s: %v", name, field, err)
			}
		}
	}
}

func FuzzConditions(f *testing.F) {
	for _, seed := range []string{`"3"`, `W/"3", "4-9ae1b46f"`, `*`, `,`, `"`, `W/`, `"a" b`, ` "3" `, `"3-9ae1b46f-gzip"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := rest.IfMatch(http.Header{"If-Match": {s}})
		if err != nil && !errors.Is(err, errs.ErrInvalid) {
			t.Fatalf("%q: %v", s, err)
		}
		for _, v := range c.Versions {
			if v < 1 || c.Check(v) != nil {
				t.Fatalf("%q: %+v", s, c)
			}
		}
		if _, again := rest.IfNoneMatch(http.Header{"If-None-Match": {s}}, `"3"`); (again == nil) != (err == nil) {
			t.Fatalf("%q is malformed for one of the two headers: %v, %v", s, err, again)
		}
	})
}
