package tasktest

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

func testCreateTaskOnlyTitle(t *testing.T, p *serviceFixture) {
	r := p.fresh("buy milk")
	created := r.ID.Timestamp().UTC()
	want := task.Task{
		Owner: p.owner, ID: r.ID, ListID: p.owner, Title: "buy milk", Status: task.Todo, Position: float64(created.UnixMilli()),
		CreateTime: created, Version: 1, Mutation: r.ID,
	}
	got := must(p.CreateTask(p.ctx, r))(t)
	want.UpdateTime = p.written(t, got.UpdateTime)
	same(t, got, want)
	same(t, p.get(t, want.ID), want)
}

func testCreateTaskEveryField(t *testing.T, p *serviceFixture) {
	r := p.fresh(strings.Repeat("ß", task.MaxTitle))
	r.Position = optional.Of(-0.5)
	r.ListID = optional.Of(p.addList(t, "other").ID)
	r.Content = optional.Of(strings.Repeat("x", task.MaxContent))
	r.Status = optional.Of(task.Done)
	r.Priority = optional.Of(task.MaxPriority)
	r.Start = optional.Of(&task.When{Date: "2026-11-22"})
	r.Due = optional.Of(&task.When{Instant: time.Date(2026, 11, 23, 9, 0, 0, 1000, time.UTC)})
	r.TimeZone = optional.Of("Asia/Shanghai")
	var labels []string
	for i := range task.MaxLabels {
		labels = append(labels, strings.Repeat("é", task.MaxLabel-1)+string(rune('a'+i)))
	}
	r.Labels = optional.Of(labels)
	now := p.clock.now()
	want := task.Task{
		Owner: p.owner, ID: r.ID, ListID: r.ListID.Value, Title: r.Title.Value, Content: r.Content.Value,
		Status: task.Done, Priority: task.MaxPriority, Due: r.Due.Value, TimeZone: "Asia/Shanghai", Labels: labels,
		Start:    &task.When{Date: "2026-11-22", Instant: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)},
		Position: -0.5, CompleteTime: &now, CreateTime: r.ID.Timestamp().UTC(), Version: 1, Mutation: r.ID,
	}
	got := must(p.CreateTask(p.ctx, r))(t)
	want.UpdateTime = p.written(t, got.UpdateTime)
	same(t, got, want)
	same(t, p.get(t, want.ID), want)
}

func testCreateTaskSameID(t *testing.T, p *serviceFixture) {
	r := p.fresh("first")
	first := must(p.CreateTask(p.ctx, r))(t)
	same(t, must(p.CreateTask(p.ctx, r))(t), first)
	changed := must(p.UpdateTask(p.ctx, p.retitle(first.ID, "changed since")))(t)
	same(t, must(p.CreateTask(p.ctx, r))(t), changed)
}

func testCreateTaskIdempotencyKey(t *testing.T, p *serviceFixture) {
	key := task.Idempotency{Key: strings.Repeat("~", task.MaxKey-1) + " ", Fingerprint: [32]byte{31: 1}}
	r := p.fresh("first")
	r.Idempotency = key
	first := must(p.CreateTask(p.ctx, r))(t)
	must(p.UpdateTask(p.ctx, p.retitle(first.ID, "changed since")))(t)

	again := p.fresh("first")
	again.Idempotency = key
	same(t, must(p.CreateTask(p.ctx, again))(t), first)
	again.Idempotency.Fingerprint[0] = 1
	refused(p.CreateTask(p.ctx, again))(t, task.ErrKeyReused)

	p.clock.advance(task.KeepKeys + time.Second)
	later := p.fresh("later")
	later.Idempotency = key
	if v := must(p.CreateTask(p.ctx, later))(t); v.ID != later.ID {
		t.Errorf("a key of yesterday is answered with %v", v)
	}
}

func testCreateTaskBadField(t *testing.T, p *serviceFixture) {
	long := make([]string, task.MaxLabels+1)
	for i := range long {
		long[i] = string(rune('a' + i))
	}
	for _, c := range []struct {
		name, code string
		edit       func(*task.CreateTask)
	}{
		{"id", errs.FieldFormat, func(r *task.CreateTask) { r.ID = p.oldID(25 * time.Hour) }},
		{"id", errs.FieldFormat, func(r *task.CreateTask) { r.ID = p.oldID(-25 * time.Hour) }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Title = optional.Value[string]{} }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Title = optional.Of("") }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Title = optional.Of(" \t") }},
		{"title", errs.FieldTooLong, func(r *task.CreateTask) { r.Title = optional.Of(strings.Repeat("ß", task.MaxTitle+1)) }},
		{"title", errs.FieldBadText, func(r *task.CreateTask) { r.Title = optional.Of("a\x00b") }},
		{"title", errs.FieldBadText, func(r *task.CreateTask) { r.Title = optional.Of("a\xffb") }},
		{"content", errs.FieldTooLarge, func(r *task.CreateTask) { r.Content = optional.Of(strings.Repeat("x", task.MaxContent+1)) }},
		{"content", errs.FieldBadText, func(r *task.CreateTask) { r.Content = optional.Of("\xc3") }},
		{"title", errs.FieldControl, func(r *task.CreateTask) { r.Title = optional.Of("line\nbreak") }},
		{"title", errs.FieldControl, func(r *task.CreateTask) { r.Title = optional.Of("a\u009bb") }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Title = optional.Of("\u200b\u00ad \u0301") }},
		{"content", errs.FieldControl, func(r *task.CreateTask) { r.Content = optional.Of("line\r\n\tbreak\x01") }},
		{"labels[1]", errs.FieldControl, func(r *task.CreateTask) { r.Labels = optional.Of([]string{"a", "b\tc"}) }},
		{"labels[1]", errs.FieldRequired, func(r *task.CreateTask) { r.Labels = optional.Of([]string{"a", "\u2060"}) }},
		{"status", errs.FieldOneOf, func(r *task.CreateTask) { r.Status = optional.Of(task.Status("")) }},
		{"status", errs.FieldOneOf, func(r *task.CreateTask) { r.Status = optional.Of(task.Status("later")) }},
		{"priority", errs.FieldRange, func(r *task.CreateTask) { r.Priority = optional.Of(10) }},
		{"priority", errs.FieldRange, func(r *task.CreateTask) { r.Priority = optional.Of(-1) }},
		{"start", errs.FieldFormat, func(r *task.CreateTask) { r.Start = optional.Of(&task.When{Date: "2026-02-29"}) }},
		{"due", errs.FieldFormat, func(r *task.CreateTask) { r.Due = optional.Of(&task.When{Date: "2026-1-1"}) }},
		{"due", errs.FieldRange, func(r *task.CreateTask) { r.Due = optional.Of(&task.When{Date: "1899-12-31"}) }},
		{"due", errs.FieldRange, func(r *task.CreateTask) {
			r.Due = optional.Of(&task.When{Instant: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)})
		}},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.TimeZone = optional.Of("Local") }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.TimeZone = optional.Of("Europe/Atlantis") }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.TimeZone = optional.Of("Europe//Berlin") }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.TimeZone = optional.Of("europe/berlin") }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.TimeZone = optional.Of("right/Europe/Berlin") }},
		{"labels", errs.FieldTooMany, func(r *task.CreateTask) { r.Labels = optional.Of(long) }},
		{"labels[1]", errs.FieldRequired, func(r *task.CreateTask) { r.Labels = optional.Of([]string{"a", " "}) }},
		{"labels[0]", errs.FieldTooLong, func(r *task.CreateTask) { r.Labels = optional.Of([]string{strings.Repeat("x", task.MaxLabel+1)}) }},
		{"labels[0]", errs.FieldBadText, func(r *task.CreateTask) { r.Labels = optional.Of([]string{"\xff"}) }},
		{"position", errs.FieldFormat, func(r *task.CreateTask) { r.Position = optional.Of(math.NaN()) }},
		{"position", errs.FieldFormat, func(r *task.CreateTask) { r.Position = optional.Of(math.Inf(-1)) }},
		{"idempotency_key", errs.FieldTooLong, func(r *task.CreateTask) { r.Idempotency.Key = strings.Repeat("k", task.MaxKey+1) }},
		{"idempotency_key", errs.FieldFormat, func(r *task.CreateTask) { r.Idempotency.Key = "schlüssel" }},
	} {
		r := p.fresh("fine")
		c.edit(&r)
		field(p.CreateTask(p.ctx, r))(t, c.name, c.code)
	}
	r := p.fresh("of a list that is not there")
	r.ListID = optional.Of(p.clock.newID())
	refused(p.CreateTask(p.ctx, r))(t, task.ErrListNotFound)
}

// oldID returns an id that was made a while ago.
func (p *serviceFixture) oldID(age time.Duration) ulid.ULID {
	id := p.clock.newID()
	if err := id.SetTime(ulid.Timestamp(p.clock.now().Add(-age))); err != nil {
		panic(err) // only beyond the year 10889
	}
	return id
}

func testCreateTaskSeveralBadFields(t *testing.T, p *serviceFixture) {
	r := p.fresh("")
	r.Priority, r.Due, r.TimeZone = optional.Of(99), optional.Of(&task.When{Date: "tomorrow"}), optional.Of("Nowhere")
	_, err := p.CreateTask(p.ctx, r)
	refused(0, err)(t, errs.ErrInvalid)
	var names []string
	for _, f := range errs.From(err).Fields {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	same(t, names, []string{"due", "priority", "time_zone", "title"})
}

func testServiceLimits(t *testing.T, p *serviceFixture) {
	first := p.add(t, "first")
	repeat := p.fresh("second")
	second := must(p.CreateTask(p.ctx, repeat))(t)
	refused(p.CreateTask(p.ctx, p.fresh("third")))(t, task.ErrTaskLimit)
	same(t, must(p.CreateTask(p.ctx, repeat))(t), second)
	p.trash(t, first.ID)
	refused(p.CreateTask(p.ctx, p.fresh("third")))(t, task.ErrTaskLimit)
	must(p.DeleteTask(p.ctx, task.DeleteTask{Ref: p.ref(first.ID), Mutation: p.mutation(), Purge: true}))(t)
	p.add(t, "third")

	list := p.addList(t, "beside the inbox")
	another := p.freshList("one too many")
	refused(p.CreateList(p.ctx, another))(t, task.ErrListLimit)
	must(p.DeleteList(p.ctx, task.DeleteList{Ref: p.ref(list.ID), Mutation: p.mutation()}))(t)
	must(p.CreateList(p.ctx, another))(t)
}
