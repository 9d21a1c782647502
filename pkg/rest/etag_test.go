package rest_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func TestIfMatch_Header_ReturnsVersions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header []string
		match  []int64 // versions for If-Match
		none   []int64 // versions for If-None-Match
		any    bool
		bad    bool
	}{
		{name: "absent"},
		{name: "one", header: []string{`"3"`}, match: []int64{3}, none: []int64{3}},
		{name: "weak", header: []string{`W/"3"`}, none: []int64{3}},
		{name: "any", header: []string{`*`}, any: true},
		{name: "any with blanks", header: []string{" *\t"}, any: true},
		{name: "list", header: []string{`"3", W/"4" ,"5"`}, match: []int64{3, 5}, none: []int64{3, 4, 5}},
		{name: "two headers", header: []string{`"3"`, `"4"`}, match: []int64{3, 4}, none: []int64{3, 4}},
		{name: "empty items", header: []string{`, "3",, `}, match: []int64{3}, none: []int64{3}},
		{name: "not ours", header: []string{`"abc", "a,b", "", "03", "+3", "0", "-1", "9999999999999999999"`}},
		{name: "no quotes", header: []string{`3`}, bad: true},
		{name: "half quotes", header: []string{`"3`}, bad: true},
		{name: "lower-case weak", header: []string{`w/"3"`}, bad: true},
		{name: "blank in a tag", header: []string{`"3 "`}, bad: true},
		{name: "no comma", header: []string{`"3" "4"`}, bad: true},
		{name: "any and one", header: []string{`*, "3"`}, bad: true},
		{name: "empty", header: []string{``}, bad: true},
		{name: "commas only", header: []string{`,,`}, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, read := range map[string]func(http.Header) (rest.Condition, error){"If-Match": rest.IfMatch, "If-None-Match": rest.IfNoneMatch} {
				want := tt.match
				if name == "If-None-Match" {
					want = tt.none
				}
				h := http.Header{}
				if tt.header != nil {
					h[name] = tt.header
				}
				c, err := read(h)
				if tt.bad {
					if !errors.Is(err, errs.ErrInvalid) || errs.From(err).Fields[0].Name != name {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				if err != nil || c.Present != (tt.header != nil) || c.Any != tt.any || !slices.Equal(c.Versions, want) {
					t.Errorf("%s: %+v, %v", name, c, err)
				}
			}
		})
	}
}

func FuzzConditions(f *testing.F) {
	for _, seed := range []string{`"3"`, `W/"3", "4"`, `*`, `,`, `"`, `W/`, `"a" b`, ` "3" `} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := rest.IfNoneMatch(http.Header{"If-None-Match": {s}})
		if err != nil && !errors.Is(err, errs.ErrInvalid) {
			t.Fatalf("%q: %v", s, err)
		}
		for _, v := range c.Versions {
			if v < 1 || !c.Matches(v) {
				t.Fatalf("%q: %+v", s, c)
			}
		}
	})
}
