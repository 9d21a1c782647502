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

func testCreateLeast(t *testing.T, p *person) {
	r := p.fresh("buy milk")
	created := r.Task.ID.Timestamp().UTC()
	want := task.Task{
		Owner: p.owner, ID: r.Task.ID, ListID: p.owner, Title: "buy milk", Status: task.Todo, Position: float64(created.UnixMilli()),
		CreateTime: created, UpdateTime: p.clock.now(), Version: 1, Mutation: r.Task.ID,
	}
	same(t, must(p.CreateTask(p.ctx, r))(t), want)
	same(t, p.get(t, want.ID), want)
}

func testCreateAll(t *testing.T, p *person) {
	r := p.fresh(strings.Repeat("ß", task.MaxTitle))
	r.Position = optional.Of(-0.5)
	r.Task.ListID = p.addList(t, "other").ID
	r.Task.Content = strings.Repeat("x", task.MaxContent)
	r.Task.Status = task.Done
	r.Task.Priority = task.MaxPriority
	r.Task.Start = &task.When{Date: "2026-11-22"}
	r.Task.Due = &task.When{Instant: time.Date(2026, 11, 23, 9, 0, 0, 1000, time.UTC)}
	r.Task.TimeZone = "Asia/Shanghai"
	for i := range task.MaxLabels {
		r.Task.Labels = append(r.Task.Labels, strings.Repeat("é", task.MaxLabel-1)+string(rune('a'+i)))
	}
	now := p.clock.now()
	want := r.Task
	want.Position, want.CompleteTime = -0.5, &now
	want.Start = &task.When{Date: "2026-11-22", Instant: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)}
	want.CreateTime, want.UpdateTime, want.Version, want.Mutation = want.ID.Timestamp().UTC(), now, 1, want.ID
	same(t, must(p.CreateTask(p.ctx, r))(t), want)
	same(t, p.get(t, want.ID), want)
}

func testCreateTwice(t *testing.T, p *person) {
	r := p.fresh("first")
	first := must(p.CreateTask(p.ctx, r))(t)
	same(t, must(p.CreateTask(p.ctx, r))(t), first)
	changed := must(p.UpdateTask(p.ctx, p.retitle(first.ID, "changed since")))(t)
	same(t, must(p.CreateTask(p.ctx, r))(t), changed)
}

func testServiceKeys(t *testing.T, p *person) {
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

	p.clock.advance(task.KeepAnswers + time.Second)
	later := p.fresh("later")
	later.Idempotency = key
	if v := must(p.CreateTask(p.ctx, later))(t); v.ID != later.Task.ID {
		t.Errorf("a key of yesterday is answered with %v", v)
	}
}

func testBadFields(t *testing.T, p *person) {
	long := make([]string, task.MaxLabels+1)
	for i := range long {
		long[i] = string(rune('a' + i))
	}
	for _, c := range []struct {
		name, code string
		edit       func(*task.CreateTask)
	}{
		{"id", errs.FieldFormat, func(r *task.CreateTask) { r.Task.ID = old(p, 25*time.Hour) }},
		{"id", errs.FieldFormat, func(r *task.CreateTask) { r.Task.ID = old(p, -25*time.Hour) }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Task.Title = "" }},
		{"title", errs.FieldRequired, func(r *task.CreateTask) { r.Task.Title = " \t" }},
		{"title", errs.FieldTooLong, func(r *task.CreateTask) { r.Task.Title = strings.Repeat("ß", task.MaxTitle+1) }},
		{"title", errs.FieldBadText, func(r *task.CreateTask) { r.Task.Title = "a\x00b" }},
		{"title", errs.FieldBadText, func(r *task.CreateTask) { r.Task.Title = "a\xffb" }},
		{"content", errs.FieldTooLarge, func(r *task.CreateTask) { r.Task.Content = strings.Repeat("x", task.MaxContent+1) }},
		{"content", errs.FieldBadText, func(r *task.CreateTask) { r.Task.Content = "\xc3" }},
		{"status", errs.FieldOneOf, func(r *task.CreateTask) { r.Task.Status = "later" }},
		{"priority", errs.FieldRange, func(r *task.CreateTask) { r.Task.Priority = 10 }},
		{"priority", errs.FieldRange, func(r *task.CreateTask) { r.Task.Priority = -1 }},
		{"start", errs.FieldFormat, func(r *task.CreateTask) { r.Task.Start = &task.When{Date: "2026-02-29"} }},
		{"due", errs.FieldFormat, func(r *task.CreateTask) { r.Task.Due = &task.When{Date: "2026-1-1"} }},
		{"due", errs.FieldRange, func(r *task.CreateTask) { r.Task.Due = &task.When{Date: "1899-12-31"} }},
		{"due", errs.FieldRange, func(r *task.CreateTask) {
			r.Task.Due = &task.When{Instant: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
		}},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.Task.TimeZone = "Local" }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.Task.TimeZone = "Europe/Atlantis" }},
		{"time_zone", errs.FieldFormat, func(r *task.CreateTask) { r.Task.TimeZone = "../../etc/passwd" }},
		{"labels", errs.FieldTooMany, func(r *task.CreateTask) { r.Task.Labels = long }},
		{"labels[1]", errs.FieldRequired, func(r *task.CreateTask) { r.Task.Labels = []string{"a", " "} }},
		{"labels[0]", errs.FieldTooLong, func(r *task.CreateTask) { r.Task.Labels = []string{strings.Repeat("x", task.MaxLabel+1)} }},
		{"labels[0]", errs.FieldBadText, func(r *task.CreateTask) { r.Task.Labels = []string{"\xff"} }},
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
	r.Task.ListID = p.clock.mint()
	refused(p.CreateTask(p.ctx, r))(t, task.ErrListNotFound)
}

// old returns an id minted a while ago.
func old(p *person, age time.Duration) ulid.ULID {
	id := p.clock.mint()
	if err := id.SetTime(ulid.Timestamp(p.clock.now().Add(-age))); err != nil {
		panic(err) // only beyond the year 10889
	}
	return id
}

func testAllBadFields(t *testing.T, p *person) {
	r := p.fresh("")
	r.Task.Priority, r.Task.Due, r.Task.TimeZone = 99, &task.When{Date: "tomorrow"}, "Nowhere"
	_, err := p.CreateTask(p.ctx, r)
	refused(0, err)(t, errs.ErrInvalid)
	var names []string
	for _, f := range errs.From(err).Fields {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	same(t, names, []string{"due", "priority", "time_zone", "title"})
}

func testServiceLimits(t *testing.T, p *person) {
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
	another := task.CreateList{Owner: p.owner, ID: p.clock.mint(), Title: "one too many"}
	refused(p.CreateList(p.ctx, another))(t, task.ErrListLimit)
	must(p.DeleteList(p.ctx, task.DeleteList{Ref: p.ref(list.ID), Mutation: p.mutation()}))(t)
	must(p.CreateList(p.ctx, another))(t)
}
