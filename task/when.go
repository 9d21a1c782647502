package task

import (
	"fmt"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/timezone"
)

// storable says whether a time is within the years that every database keeps.
func storable(t time.Time) bool {
	y := t.UTC().Year()
	return y >= MinYear && y <= MaxYear
}

// validateWhen notes what is wrong with a whole day or an instant.
func validateWhen(v *errs.Validator, name string, w *When) {
	if w == nil {
		return
	}
	if w.Date == "" {
		validateInstant(v, name, &w.Instant)
		return
	}
	day, err := time.Parse(time.DateOnly, w.Date)
	switch {
	case err != nil:
		v.Add(name, errs.FieldFormat, "a date such as 2026-11-22, or an instant such as 2026-11-22T09:30:00Z")
	case !storable(day):
		v.Add(name, errs.FieldRange, years())
	}
}

func validateInstant(v *errs.Validator, name string, t *time.Time) {
	if t != nil && !storable(*t) {
		v.Add(name, errs.FieldRange, years())
	}
}

func years() string { return fmt.Sprintf("%d to %d (years)", MinYear, MaxYear) }

// loadZone returns the time zone of a name; none is UTC.
func loadZone(v *errs.Validator, name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	zone, err := timezone.Load(name)
	if err != nil {
		v.Add("time_zone", errs.FieldFormat, timezone.Format)
	}
	return zone
}

// in returns w, which validateWhen has passed, with its instant computed for a
// zone. It shares nothing with w.
func (w *When) in(zone *time.Location) *When {
	if w == nil {
		return nil
	}
	day, err := time.Parse(time.DateOnly, w.Date)
	if err != nil {
		return &When{Instant: w.Instant.UTC().Truncate(time.Microsecond)}
	}
	return &When{Date: w.Date, Instant: firstMoment(day, zone)}
}

// firstMoment returns when a day, given as its midnight in UTC, begins in a
// zone. That is not always midnight: clocks may be put forward at midnight, or
// a whole day be left out, when a zone changes its side of the date line. So
// it walks through the periods of constant offset and takes the first moment
// at which a clock there has reached the day.
func firstMoment(day time.Time, zone *time.Location) time.Time {
	t := day.Add(-48 * time.Hour).In(zone) // no offset is that large
	for {
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		first := day.Add(-time.Duration(offset) * time.Second)
		if first.Before(start) {
			first = start
		}
		if end.IsZero() || first.Before(end) {
			return first.UTC()
		}
		t = end
	}
}

// after says whether w is later than another in every respect: of two instants the
// later one, and otherwise that of a later day, an instant's day being that in a
// zone. Nothing that is not set is later or has later ones. Both have their
// instants computed.
func (w *When) after(other *When, zone *time.Location) bool {
	switch {
	case w == nil || other == nil:
		return false
	case w.Date == "" && other.Date == "":
		return w.Instant.After(other.Instant)
	default:
		return w.day(zone) > other.day(zone)
	}
}

// day returns the day that w is, or is on in a zone, as a date.
func (w *When) day(zone *time.Location) string {
	if w.Date != "" {
		return w.Date
	}
	return w.Instant.In(zone).Format(time.DateOnly)
}
