package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"todokit/pkg/errs"
)

// Query is the query part of an address. Its methods collect what is wrong with
// the parameters, and Err returns all of it.
type Query struct {
	errs.Validator
	values url.Values
}

// ReadQuery reads the query part, whose parameters must be among the allowed.
// Returns ErrMalformedQuery, or errs.ErrInvalid with every parameter that is
// unknown, repeated, or no text.
func ReadQuery(r *http.Request, allowed ...string) (*Query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, ErrMalformedQuery.WithDetail("It must be name=value pairs, separated by & and percent-encoded.").Wrap(err)
	}
	q := &Query{values: values}
	for i, name := range sortedNames(values) {
		if i == maxProblems {
			break
		}
		switch {
		case !slices.Contains(allowed, name):
			q.Add(truncateName(strings.ToValidUTF8(name, "\uFFFD")), errs.FieldUnknown)
		case len(values[name]) > 1:
			q.Add(name, errs.FieldRepeated)
		case !isText(values.Get(name)):
			q.Add(name, errs.FieldBadText)
		}
	}
	return q, q.Err()
}

// sortedNames makes the order of problems stable.
func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Has returns whether a parameter was given, even if it is empty.
func (q *Query) Has(name string) bool { return q.values.Has(name) }

// Text returns a parameter, or "".
func (q *Query) Text(name string) string { return q.values.Get(name) }

// Int returns a parameter that must be in a range, both ends included, or 0
// where it was not given.
func (q *Query) Int(name string, least, greatest int) int {
	if !q.Has(name) {
		return 0
	}
	n, err := strconv.Atoi(q.Text(name))
	if err != nil {
		q.Add(name, errs.FieldFormat, "an integer")
		return 0
	}
	if n < least || n > greatest {
		q.Add(name, errs.FieldRange, strconv.Itoa(least)+" to "+strconv.Itoa(greatest))
	}
	return n
}

// Bool returns a parameter that must be true or false, or false where it was
// not given.
func (q *Query) Bool(name string) bool {
	switch s := q.Text(name); {
	case s == "true":
		return true
	case s == "false" || !q.Has(name):
		return false
	default:
		q.Add(name, errs.FieldOneOf, "true, false")
		return false
	}
}

// Instant returns a parameter that must be an RFC 3339 instant, or a date,
// whose first moment in UTC it is then; nil where it was not given.
func (q *Query) Instant(name string) *time.Time {
	if !q.Has(name) {
		return nil
	}
	s := q.Text(name)
	t, ok := ParseDate(s)
	if !ok {
		t, ok = ParseInstant(s)
	}
	switch {
	case ok:
		return &t
	case lostPlus(s):
		q.Add(name, errs.FieldFormat, PlusFormat)
	default:
		q.Add(name, errs.FieldFormat, InstantFormat)
	}
	return nil
}

// lostPlus says whether a text would be an instant if its last blank were a +.
func lostPlus(s string) bool {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return false
	}
	_, ok := ParseInstant(s[:i] + "+" + s[i+1:])
	return ok
}
