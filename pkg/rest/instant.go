package rest

import (
	"regexp"
	"time"
)

// InstantFormat says what a time parameter must be; it is the argument of errs.FieldFormat.
const InstantFormat = "a date such as 2026-11-22, or an instant such as 2026-11-22T09:30:00Z"

// instant is the part of RFC 3339 that time.Parse is more generous about.
var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-][01]\d:\d\d|[+-]2[0-3]:\d\d)$`)

// ParseInstant reads an RFC 3339 instant, which lies in the years 1 to 9999 in
// UTC as well.
func ParseInstant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !instant.MatchString(s) {
		return time.Time{}, false
	}
	t = t.UTC()
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// ParseDate reads a date such as "2026-11-22", as its first moment in UTC.
func ParseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 1
}
