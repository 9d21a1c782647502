package tasktest

import (
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

// when returns a day, or an instant.
func when(t *testing.T, s string) *task.When {
	t.Helper()
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return &task.When{Date: s}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return &task.When{Instant: at}
}

// testStartAfterDue compares days with days, instants with instants, and else the
// days on which both are in the task's zone. A change names the field that is new.
func testStartAfterDue(t *testing.T, p *serviceFixture) {
	for _, c := range []struct {
		zone, start, due string
		ok               bool
	}{
		{"", "2026-11-24", "2026-11-24", true},
		{"", "2026-11-25", "2026-11-24", false},
		{"Asia/Tokyo", "2026-11-25", "2026-11-24", false},
		{"", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z", true},
		{"", "2026-11-24T09:30:00.000001Z", "2026-11-24T09:30:00Z", false},
		{"", "2026-11-24T09:30:00+08:00", "2026-11-24T09:00:00Z", true},
		{"", "2026-11-24", "2026-11-24T00:00:00Z", true},
		{"", "2026-11-24", "2026-11-23T23:59:59Z", false},
		{"", "2026-11-24T23:59:59Z", "2026-11-24", true},
		{"", "2026-11-25T00:00:00Z", "2026-11-24", false},
		{"Asia/Tokyo", "2026-11-24", "2026-11-23T15:00:00Z", true},
		{"Asia/Tokyo", "2026-11-24", "2026-11-23T14:59:59Z", false},
		{"Asia/Tokyo", "2026-11-24T14:59:59Z", "2026-11-24", true},
		{"Asia/Tokyo", "2026-11-24T15:00:00Z", "2026-11-24", false},
		{"America/New_York", "2026-11-25T04:59:59Z", "2026-11-24", true},
		{"Pacific/Apia", "2011-12-30", "2011-12-31", true}, // a day that was left out there
		{"", "1900-01-01", "9998-12-31", true},
	} {
		r := p.fresh("planned")
		zone, start, due := optional.Of(c.zone), optional.Of(when(t, c.start)), optional.Of(when(t, c.due))
		r.TimeZone, r.Start, r.Due = zone, start, due
		v, err := p.CreateTask(p.ctx, r)
		if c.ok {
			succeed(t, err)
			field(p.UpdateTask(p.ctx, p.update(v.ID, task.TaskFields{Due: optional.Of(when(t, "1900-01-01")), Start: optional.Of(when(t, "1900-01-02"))})))(t,
				"start", errs.FieldFormat)
			continue
		}
		field(v, err)(t, "start", errs.FieldFormat)
		only := func(f task.TaskFields) task.Task {
			r := p.fresh("planned")
			r.Start, r.Due, r.TimeZone = f.Start, f.Due, zone
			return must(p.CreateTask(p.ctx, r))(t)
		}
		field(p.UpdateTask(p.ctx, p.update(only(task.TaskFields{Due: due}).ID, task.TaskFields{Start: start})))(t, "start", errs.FieldFormat)
		v = only(task.TaskFields{Start: start})
		field(p.UpdateTask(p.ctx, p.update(v.ID, task.TaskFields{Due: due})))(t, "due", errs.FieldFormat)
		moved := p.update(v.ID, task.TaskFields{Due: due, Start: optional.Of[*task.When](nil)})
		must(p.UpdateTask(p.ctx, moved))(t)
	}
	// The zone decides, where a day meets an instant.
	r := p.fresh("late on the day")
	r.TimeZone, r.Start, r.Due = optional.Of("America/New_York"), optional.Of(when(t, "2026-11-25T04:00:00Z")), optional.Of(when(t, "2026-11-24"))
	v := must(p.CreateTask(p.ctx, r))(t)
	field(p.UpdateTask(p.ctx, p.update(v.ID, task.TaskFields{TimeZone: optional.Of("Asia/Tokyo")})))(t, "start", errs.FieldFormat)
}
