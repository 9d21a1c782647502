package task

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"todokit/pkg/casefold"
	"todokit/pkg/errs"
)

// validate notes what is wrong with the set fields.
func (f TaskFields) validate(v *errs.Validator) {
	if f.Title.Set {
		v.Line("title", f.Title.Value, 1, MaxTitle)
	}
	validateContent(v, f.Content.Value)
	if f.Status.Set {
		validateStatus(v, f.Status.Value)
	}
	validatePriority(v, f.Priority.Value)
	validateWhen(v, "start", f.Start.Value)
	validateWhen(v, "due", f.Due.Value)
	loadZone(v, f.TimeZone.Value)
	validateLabels(v, f.Labels.Value)
	validatePosition(v, f.Position.Value)
}

// apply returns a task with the set fields, which validate has passed, changed.
func (f TaskFields) apply(t Task, now time.Time) (Task, error) {
	t.ListID = f.ListID.Or(t.ListID)
	if t.ListID.IsZero() {
		t.ListID = t.Owner
	}
	t.Title = f.Title.Or(t.Title)
	t.Content = f.Content.Or(t.Content)
	t.setStatus(f.Status.Or(t.Status), now)
	t.Priority = f.Priority.Or(t.Priority)
	if f.Labels.Set {
		t.Labels = cleanLabels(f.Labels.Value)
	}
	t.Position = f.Position.Or(t.Position)
	return t, f.applyTimes(&t)
}

// setStatus keeps CompleteTime set exactly while the task is done.
func (t *Task) setStatus(to Status, now time.Time) {
	switch {
	case to != Done:
		t.CompleteTime = nil
	case t.Status != Done:
		t.CompleteTime = &now
	}
	t.Status = to
}

// applyTimes computes both times anew when either or the zone changes, since
// whole days depend on the zone.
func (f TaskFields) applyTimes(t *Task) error {
	if !f.Start.Set && !f.Due.Set && !f.TimeZone.Set {
		return nil
	}
	t.TimeZone = f.TimeZone.Or(t.TimeZone)
	var v errs.Validator
	zone := loadZone(&v, t.TimeZone) // an earlier version took names that are none
	if err := v.Err(); err != nil {
		return err
	}
	t.Start = f.Start.Or(t.Start).in(zone)
	t.Due = f.Due.Or(t.Due).in(zone)
	switch {
	case !t.Start.after(t.Due, zone):
	case f.Due.Set && !f.Start.Set:
		v.Add("due", errs.FieldFormat, "at or after start")
	default:
		v.Add("start", errs.FieldFormat, "at or before due")
	}
	return v.Err()
}

func validateContent(v *errs.Validator, s string) {
	if len(s) > MaxContent {
		v.Add("content", errs.FieldTooLarge, MaxContent)
		return
	}
	v.Lines("content", s, 0, MaxContent)
}

func validateStatus(v *errs.Validator, s Status) {
	if !slices.Contains(Statuses(), s) {
		v.Add("status", errs.FieldOneOf, "todo, in_progress, done, cancelled")
	}
}

func validatePriority(v *errs.Validator, p int) {
	if p < 0 || p > MaxPriority {
		v.Add("priority", errs.FieldRange, fmt.Sprintf("0 to %d", MaxPriority))
	}
}

func validatePosition(v *errs.Validator, p float64) {
	if math.IsNaN(p) || math.IsInf(p, 0) {
		v.Add("position", errs.FieldFormat, "a finite number")
	}
}

func validateLabels(v *errs.Validator, labels []string) {
	clean := cleanLabels(labels)
	if len(clean) > MaxLabels {
		v.Add("labels", errs.FieldTooMany, MaxLabels)
		return
	}
	for _, label := range clean {
		i := slices.IndexFunc(labels, func(s string) bool { return strings.TrimSpace(s) == label })
		v.Line(fmt.Sprintf("labels[%d]", i), label, 1, MaxLabel)
	}
}

// cleanLabels removes the spaces around labels, and those that differ from one
// before in case or form only. It returns nil for none.
func cleanLabels(labels []string) []string {
	var clean []string
	seen := make(map[string]bool, len(labels))
	for _, label := range labels {
		label = strings.TrimSpace(label)
		if key := casefold.String(label); !seen[key] {
			seen[key] = true
			clean = append(clean, label)
		}
	}
	return clean
}
