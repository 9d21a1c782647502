package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

func testUpdateTaskEachField(t *testing.T, p *serviceFixture) {
	list := p.addList(t, "other")
	want := p.add(t, "title")
	due := &task.When{Date: "2026-11-22", Instant: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	for _, change := range []func(*task.UpdateTask){
		func(u *task.UpdateTask) { u.Title, want.Title = optional.Of("another"), "another" },
		func(u *task.UpdateTask) { u.Content, want.Content = optional.Of("content"), "content" },
		func(u *task.UpdateTask) { u.Content, want.Content = optional.Of(""), "" },
		func(u *task.UpdateTask) { u.Status, want.Status = optional.Of(task.InProgress), task.InProgress },
		func(u *task.UpdateTask) { u.Priority, want.Priority = optional.Of(1), 1 },
		func(u *task.UpdateTask) { u.Priority, want.Priority = optional.Of(0), 0 },
		func(u *task.UpdateTask) { u.Due, want.Due = optional.Of(&task.When{Date: due.Date}), due },
		func(u *task.UpdateTask) { u.Start, want.Start = optional.Of(due), due },
		func(u *task.UpdateTask) { u.Due, want.Due = optional.Of[*task.When](nil), nil },
		func(u *task.UpdateTask) { u.Labels, want.Labels = optional.Of([]string{"a"}), []string{"a"} },
		func(u *task.UpdateTask) { u.Labels, want.Labels = optional.Of[[]string](nil), nil },
		func(u *task.UpdateTask) { u.Position, want.Position = optional.Of(0.1), 0.1 },
		func(u *task.UpdateTask) { u.ListID, want.ListID = optional.Of(list.ID), list.ID },
		func(u *task.UpdateTask) { u.ListID, want.ListID = optional.Of(ulid.ULID{}), p.owner },
		func(*task.UpdateTask) {},
	} {
		p.clock.advance(time.Second)
		u := p.update(want.ID, task.TaskFields{})
		change(&u)
		want.Version++
		got := must(p.UpdateTask(p.ctx, u))(t)
		want.UpdateTime, want.Mutation = p.written(t, got.UpdateTime), u.Mutation.ID
		same(t, got, want)
		same(t, p.get(t, want.ID), want)
	}
	lost := p.update(want.ID, task.TaskFields{ListID: optional.Of(p.clock.newID())})
	refused(p.UpdateTask(p.ctx, lost))(t, task.ErrListNotFound)
	bad := p.retitle(want.ID, "")
	field(p.UpdateTask(p.ctx, bad))(t, "title", errs.FieldRequired)
	bad = p.retitle(want.ID, "fine")
	bad.Status = optional.Of(task.Status(""))
	field(p.UpdateTask(p.ctx, bad))(t, "status", errs.FieldOneOf)
	same(t, p.get(t, want.ID), want)
}

func testUpdateTaskWholeDays(t *testing.T, p *serviceFixture) {
	v := p.add(t, "day by day")
	for _, c := range []struct{ zone, date, instant string }{
		{"", "2026-11-22", "2026-11-22T00:00:00Z"},
		{"UTC", "2026-11-22", "2026-11-22T00:00:00Z"},
		{"Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"Asia/Tokyo", "1900-01-01", "1899-12-31T15:00:00Z"},
		{"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},     // the clocks were changed the day before
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // the clocks went from 00:00 to 01:00
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},    // midnight came twice: the first
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // a day that was left out: its end
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"}, // a minute into the day it was the day before again
		{"Asia/Kathmandu", "9998-12-31", "9998-12-30T18:15:00Z"},
	} {
		instant, err := time.Parse(time.RFC3339, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		want := &task.When{Date: c.date, Instant: instant}
		// The zone and the day may come together, or one after the other.
		none := optional.Of[*task.When](nil)
		u := p.update(v.ID, task.TaskFields{TimeZone: optional.Of(c.zone), Due: optional.Of(&task.When{Date: c.date}), Start: none})
		same(t, must(p.UpdateTask(p.ctx, u))(t).Due, want)
		other := p.update(v.ID, task.TaskFields{TimeZone: optional.Of("Asia/Tokyo"), Start: optional.Of(&task.When{Date: c.date})})
		must(p.UpdateTask(p.ctx, other))(t)
		back := p.update(v.ID, task.TaskFields{TimeZone: optional.Of(c.zone)})
		got := must(p.UpdateTask(p.ctx, back))(t)
		same(t, got.Due, want)
		same(t, got.Start, want)
	}
}

func testCreateTaskInstant(t *testing.T, p *serviceFixture) {
	r := p.fresh("precise")
	zone := time.FixedZone("east", 5*3600)
	r.TimeZone = optional.Of("Asia/Tokyo")
	r.Due = optional.Of(&task.When{Instant: time.Date(2026, 11, 22, 9, 0, 0, 123456789, zone)})
	want := &task.When{Instant: time.Date(2026, 11, 22, 4, 0, 0, 123456000, time.UTC)}
	v := must(p.CreateTask(p.ctx, r))(t)
	same(t, v.Due, want)
	u := p.update(v.ID, task.TaskFields{TimeZone: optional.Of("")})
	same(t, must(p.UpdateTask(p.ctx, u))(t).Due, want)
}

func testUpdateTaskCompleteTime(t *testing.T, p *serviceFixture) {
	v := p.add(t, "to do")
	set := func(s task.Status) *time.Time {
		p.clock.advance(time.Minute)
		u := p.update(v.ID, task.TaskFields{Status: optional.Of(s)})
		return must(p.UpdateTask(p.ctx, u))(t).CompleteTime
	}
	done := set(task.Done)
	if now := p.clock.now(); done == nil || !done.Equal(now) {
		t.Fatalf("it was completed at %v, want %v", done, now)
	}
	same(t, set(task.Done), done)
	for _, s := range []task.Status{task.Todo, task.InProgress, task.Cancelled} {
		if at := set(s); at != nil {
			t.Errorf("a task that is %s was completed at %v", s, at)
		}
		if set(task.Done) == nil {
			t.Errorf("a task that is done after it was %s is not complete", s)
		}
	}
}

func testCreateTaskLabels(t *testing.T, p *serviceFixture) {
	r := p.fresh("labelled")
	r.Labels = optional.Of([]string{" Work ", "work", "WORK", "\tBerlin\n", "wörk", "wo\u0308rk", "Straße", "STRASSE"})
	v := must(p.CreateTask(p.ctx, r))(t)
	same(t, v.Labels, []string{"Work", "Berlin", "wörk", "Straße"})
	for _, label := range []string{" work", "WORK", "WO\u0308RK", "strasse"} {
		same(t, p.titles(t, task.ListTasks{Label: label}, 10), []string{"labelled"})
	}
	same(t, p.titles(t, task.ListTasks{Label: "worker"}, 10), nil)
}

func testDeleteTaskAndRestore(t *testing.T, p *serviceFixture) {
	v := p.add(t, "trash")
	same(t, must(p.RestoreTask(p.ctx, task.RestoreTask{Ref: p.ref(v.ID), Mutation: p.mutation()}))(t), v)
	p.clock.advance(time.Second)
	p.trash(t, v.ID)
	trashed := p.get(t, v.ID)
	if now := p.clock.now(); trashed.DeleteTime == nil || !trashed.DeleteTime.Equal(now) || trashed.Version != 2 {
		t.Fatalf("in the trash it is %+v", trashed)
	}
	p.clock.advance(time.Second)
	p.trash(t, v.ID)
	same(t, p.get(t, v.ID), trashed)
	same(t, p.titles(t, task.ListTasks{}, 10), nil)
	same(t, p.titles(t, task.ListTasks{Trash: true}, 10), []string{"trash"})

	renamed := must(p.UpdateTask(p.ctx, p.retitle(v.ID, "still in the trash")))(t)
	if renamed.DeleteTime == nil {
		t.Error("an update has brought it back")
	}
	back := must(p.RestoreTask(p.ctx, task.RestoreTask{Ref: p.ref(v.ID), Mutation: p.mutation()}))(t)
	if back.DeleteTime != nil || back.Version != 4 || back.ListID != v.ListID {
		t.Errorf("restored it is %+v", back)
	}
	same(t, p.titles(t, task.ListTasks{}, 10), []string{"still in the trash"})
}

func testDeleteTaskPurge(t *testing.T, p *serviceFixture) {
	for _, inTrash := range []bool{false, true} {
		v := p.add(t, "purged")
		if inTrash {
			p.trash(t, v.ID)
		}
		d := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), Purge: true}
		must(p.DeleteTask(p.ctx, d))(t)
		refused(p.GetTask(p.ctx, task.GetTask{Ref: d.Ref}))(t, task.ErrTaskNotFound)
		refused(p.DeleteTask(p.ctx, d))(t, task.ErrTaskNotFound)
		d.Mutation.Repeat = true
		must(p.DeleteTask(p.ctx, d))(t)
		refused(p.RestoreTask(p.ctx, task.RestoreTask{Ref: d.Ref, Mutation: d.Mutation}))(t, task.ErrTaskNotFound)
	}
}

func testNotFound(t *testing.T, p *serviceFixture) {
	checkNotFound(t, p, p.clock.newID(), p.clock.newID())
}

// checkNotFound demands that a task and a list are not there for a person.
func checkNotFound(t *testing.T, p *serviceFixture, id, list ulid.ULID) {
	t.Helper()
	ref, m := p.ref(id), p.mutation()
	refused(p.GetTask(p.ctx, task.GetTask{Ref: ref}))(t, task.ErrTaskNotFound)
	refused(p.UpdateTask(p.ctx, p.retitle(id, "mine")))(t, task.ErrTaskNotFound)
	refused(p.DeleteTask(p.ctx, task.DeleteTask{Ref: ref, Mutation: m}))(t, task.ErrTaskNotFound)
	refused(p.DeleteTask(p.ctx, task.DeleteTask{Ref: ref, Mutation: m, Purge: true}))(t, task.ErrTaskNotFound)
	refused(p.RestoreTask(p.ctx, task.RestoreTask{Ref: ref, Mutation: m}))(t, task.ErrTaskNotFound)

	ref = p.ref(list)
	refused(p.GetList(p.ctx, task.GetList{Ref: ref}))(t, task.ErrListNotFound)
	refused(p.UpdateList(p.ctx, p.updateList(list, task.ListFields{Title: optional.Of("mine")})))(t, task.ErrListNotFound)
	refused(p.DeleteList(p.ctx, task.DeleteList{Ref: ref, Mutation: m}))(t, task.ErrListNotFound)
	same(t, p.titles(t, task.ListTasks{ListID: optional.Of(list)}, 10), nil)
	r := p.fresh("into their list")
	r.ListID = optional.Of(list)
	refused(p.CreateTask(p.ctx, r))(t, task.ErrListNotFound)
}

func testUsersApart(t *testing.T, a, b *serviceFixture) {
	list, v := a.addList(t, "mine"), a.add(t, "mine")
	b.add(t, "theirs")
	checkNotFound(t, b, v.ID, list.ID)
	checkNotFound(t, b, v.ID, a.owner)
	same(t, b.titles(t, task.ListTasks{}, 10), []string{"theirs"})
	same(t, a.titles(t, task.ListTasks{}, 10), []string{"mine"})
	same(t, a.get(t, v.ID), v)
}
