package rest

import (
	"regexp"
	"strings"
	"time"
)

// InstantFormat says what a time parameter must be; it is the argument of errs.FieldFormat.
const InstantFormat = "a date such as 2026-11-22, or an instant such as 2026-11-22T09:30:00Z"

// PlusFormat is InstantFormat for a parameter whose + has arrived as a blank.
const PlusFormat = InstantFormat + "; in a query + means a blank, so write %2B instead"

// instant is the part of RFC 3339 that time.Parse is more generous about.
var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-][01]\d:[0-5]\d|[+-]2[0-3]:[0-5]\d)$`)

// The place of the seconds in an instant, and the second that only a leap second has.
const (
	secondsAt  = len("2006-01-02T15:04:")
	leapSecond = "60"
)

// ParseInstant reads an instant in any form of RFC 3339, section 5.6, which lies in
// the years 1 to 9999 in UTC as well. A leap second, which can only be the last
// of a day in UTC, is the moment after it: clocks here have none.
func ParseInstant(s string) (time.Time, bool) {
	s = strings.ToUpper(s) // t and z
	if !instant.MatchString(s) {
		return time.Time{}, false
	}
	leap := s[secondsAt:secondsAt+len(leapSecond)] == leapSecond
	if leap {
		s = s[:secondsAt] + "59" + s[secondsAt+len(leapSecond):]
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, false
	}
	t = t.UTC()
	if leap {
		if t.Hour() != 23 || t.Minute() != 59 {
			return time.Time{}, false
		}
		t = t.Truncate(time.Second).Add(time.Second)
	}
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// ParseDate reads a date such as "2026-11-22", as its first moment in UTC.
func ParseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 1
}
