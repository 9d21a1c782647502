package rest

import "time"

// InstantFormat says what a time parameter must be; it is the argument of errs.FieldFormat.
const InstantFormat = "a date such as 2026-11-22, or an instant such as 2026-11-22T09:30:00Z"

// ParseInstant reads an RFC 3339 instant, which lies in the years 1 to 9999 in
// UTC as well.
func ParseInstant(s string) (time.Time, bool) {
	var t time.Time
	// Unlike time.Parse it takes nothing that RFC 3339 does not.
	if err := t.UnmarshalText([]byte(s)); err != nil {
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
