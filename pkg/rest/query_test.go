package rest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func withQuery(raw string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.RawQuery = raw
	return r
}

// parameters reads one parameter of each type.
func parameters(raw string) (size int, trash bool, since *time.Time, err error) {
	q, err := rest.ReadQuery(withQuery(raw), "size", "trash", "since", "q")
	if err != nil {
		return 0, false, nil, err
	}
	size, trash, since = q.Int("size", 1, 200), q.Bool("trash"), q.Instant("since")
	return size, trash, since, q.Err()
}

func TestQuery_GoodValues_AreRead(t *testing.T) {
	t.Parallel()
	size, trash, since, err := parameters("size=20&trash=true&since=2026-11-22T10:00:00%2B08:00&q=")
	if err != nil || size != 20 || !trash || !since.Equal(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)) {
		t.Errorf("got %v %v %v, %v", size, trash, since, err)
	}
	size, trash, since, err = parameters("")
	if err != nil || size != 0 || trash || since != nil {
		t.Errorf("got %v %v %v, %v", size, trash, since, err)
	}
	if _, _, since, err = parameters("since=2026-11-22"); err != nil || !since.Equal(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %v, %v", since, err)
	}
}

func TestQuery_BadValue_IsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, raw, code, says string }{
		{"half an escape", "q=%f", "MALFORMED_QUERY", "percent-encoded"},
		{"semicolons", "size=1;q=2", "MALFORMED_QUERY", "percent-encoded"},
		{"unknown", "colour=red", "INVALID_ARGUMENT", "colour UNKNOWN_FIELD"},
		{"unknown and not UTF-8", "%ff=red", "INVALID_ARGUMENT", "\uFFFD UNKNOWN_FIELD"},
		{"other case", "Size=1", "INVALID_ARGUMENT", "Size UNKNOWN_FIELD"},
		{"twice", "size=1&size=1", "INVALID_ARGUMENT", "size REPEATED"},
		{"not UTF-8", "q=%ff", "INVALID_ARGUMENT", "q BAD_TEXT"},
		{"NUL", "q=a%00", "INVALID_ARGUMENT", "q BAD_TEXT"},
		{"no number", "size=many", "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"empty number", "size=", "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"fraction", "size=1.5", "INVALID_ARGUMENT", "size BAD_FORMAT must be an integer"},
		{"too small", "size=0", "INVALID_ARGUMENT", "size OUT_OF_RANGE must be in the range 1 to 200"},
		{"too large", "size=201", "INVALID_ARGUMENT", "size OUT_OF_RANGE must be in the range 1 to 200"},
		{"larger than any", "size=99999999999999999999", "INVALID_ARGUMENT", "size BAD_FORMAT"},
		{"neither true nor false", "trash=1", "INVALID_ARGUMENT", "trash NOT_ALLOWED must be one of true, false"},
		{"empty flag", "trash", "INVALID_ARGUMENT", "trash NOT_ALLOWED"},
		{"no time", "since=yesterday", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"no such day", "since=2026-02-30", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"no zone", "since=2026-11-22T10:00:00", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"plus not encoded", "since=2026-11-22T10:00:00+08:00", "INVALID_ARGUMENT", "write %2B instead"},
		{"plus not encoded, fraction", "since=2026-11-22T10:00:00.25+00:00", "INVALID_ARGUMENT", "write %2B instead"},
		{"blank for plus", "since=2026-11-22T10:00:00%2008:00", "INVALID_ARGUMENT", "write %2B instead"},
		{"plus before a wrong offset", "since=2026-11-22T10:00:00+25:00", "INVALID_ARGUMENT", "09:30:00Z"},
		{"plus for T", "since=2026-11-22+10:00:00Z", "INVALID_ARGUMENT", "09:30:00Z"},
		{"plus behind", "since=2026-11-22+", "INVALID_ARGUMENT", "09:30:00Z"},
		{"one digit", "since=2026-11-22T1:00:00Z", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"comma", "since=2026-11-22T10:00:00,5Z", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"year 10000 in UTC", "since=9999-12-31T23:00:00-08:00", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"year 0", "since=0000-01-01", "INVALID_ARGUMENT", "since BAD_FORMAT"},
		{"all at once", "size=0&trash=x", "INVALID_ARGUMENT", "size OUT_OF_RANGE must be in the range 1 to 200; trash NOT_ALLOWED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := parameters(tt.raw)
			failure := errs.From(err)
			if failure == nil {
				t.Fatal("it was accepted")
			}
			if failure.Code != tt.code || !strings.Contains(failure.Detail+describe(failure), tt.says) {
				t.Errorf("got %s: %s%s", failure.Code, failure.Detail, describe(failure))
			}
		})
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "size=20&trash=true&since=2026-11-22T10:00:00%2B08:00&q=x", "since=2026-11-22", "size=1&size=1", "q=%ff", "q=%", "a;b", "&&=", "%00=1",
		"since=9999-12-31T23:59:59.999999999-23:59", "since=0001-01-01T00:00:00%2B01:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		size, _, since, err := parameters(raw)
		if err != nil {
			if k := errs.KindOf(err); k != errs.InvalidArgument {
				t.Fatalf("%q: kind %v", raw, k)
			}
			return
		}
		if size < 0 || size > 200 {
			t.Fatalf("%q: size %d", raw, size)
		}
		if since != nil && (since.Year() < 1 || since.Year() > 9999) {
			t.Fatalf("%q: since %v", raw, since)
		}
		if _, err := url.ParseQuery(raw); err != nil {
			t.Fatalf("%q was accepted: %v", raw, err)
		}
	})
}
