package tasktest

import (
	"strings"
	"testing"
	"time"

	"todokit/pkg/optional"
	"todokit/task"
)

// conditionalRead makes one of the reads, and returns its reply with the value
// boxed.
type conditionalRead func(known task.Revision) (task.Read[any], error)

func boxed[T any](r task.Read[T], err error) (task.Read[any], error) {
	return task.Read[any]{Revision: r.Revision, NotModified: r.NotModified, Value: r.Value}, err
}

// reads returns each of the reads, of a task and a list.
func (p *serviceFixture) reads(v task.Task, l task.List) map[string]conditionalRead {
	return map[string]conditionalRead{
		"GetTask": func(known task.Revision) (task.Read[any], error) {
			return boxed(p.GetTask(p.ctx, task.GetTask{Ref: p.ref(v.ID), Known: known}))
		},
		"GetList": func(known task.Revision) (task.Read[any], error) {
			return boxed(p.GetList(p.ctx, task.GetList{Ref: p.ref(l.ID), Known: known}))
		},
		"ListTasks": func(known task.Revision) (task.Read[any], error) {
			return boxed(p.ListTasks(p.ctx, task.ListTasks{Owner: p.owner, OrderBy: "-title", PageSize: 1, Known: known}))
		},
		"ListLists": func(known task.Revision) (task.Read[any], error) {
			return boxed(p.ListLists(p.ctx, task.ListLists{Owner: p.owner, PageSize: 1, Known: known}))
		},
	}
}

// testReadsKnownRevision makes every kind of write. After each of them, each read
// returns the value to who knows the revision before, and not to who knows the
// present one.
func testReadsKnownRevision(t *testing.T, p *serviceFixture) {
	v, l := p.add(t, "z"), p.addList(t, "stays")
	reads := p.reads(v, l)
	revision := must(p.GetTask(p.ctx, p.getTask(v.ID)))(t).Revision
	other, ends := task.Task{}, task.List{}
	for _, write := range []struct {
		name string
		do   func()
	}{
		{"CreateTask", func() { other = p.add(t, "a") }},
		{"UpdateTask", func() { must(p.UpdateTask(p.ctx, p.retitle(other.ID, "changed")))(t) }},
		{"DeleteTask", func() { p.trash(t, other.ID) }},
		{"RestoreTask", func() {
			must(p.RestoreTask(p.ctx, task.RestoreTask{Ref: p.ref(other.ID), Mutation: p.mutation()}))(t)
		}},
		{"DeleteTask/purge", func() {
			must(p.DeleteTask(p.ctx, task.DeleteTask{Ref: p.ref(other.ID), Mutation: p.mutation(), Purge: true}))(t)
		}},
		{"CreateList", func() { ends = p.addList(t, "ends") }},
		{"UpdateList", func() {
			must(p.UpdateList(p.ctx, p.updateList(ends.ID, task.ListFields{Title: optional.Of("changed")})))(t)
		}},
		{"DeleteList", func() {
			must(p.DeleteList(p.ctx, task.DeleteList{Ref: p.ref(ends.ID), Mutation: p.mutation()}))(t)
		}},
	} {
		before := revision
		write.do()
		for name, read := range reads {
			fresh := must(read(0))(t)
			if revision = fresh.Revision; fresh.NotModified || revision <= before {
				t.Errorf("%s after %s: revision %d, and %d before; not modified: %t", name, write.name, revision, before, fresh.NotModified)
			}
			same(t, must(read(before))(t), fresh)
			known := must(read(revision))(t)
			if !known.NotModified || known.Revision != revision {
				t.Errorf("%s after %s, known: %+v", name, write.name, known)
			}
		}
	}
	if zero := must(p.GetTask(p.ctx, task.GetTask{Ref: p.ref(v.ID), Known: revision}))(t).Value; zero.Title != "" {
		t.Errorf("what is not modified is sent: %+v", zero)
	}
	same(t, p.get(t, v.ID), v)
}

// testWritesTakeMoments demands of writes, made within one microsecond and by a
// clock that is turned back, that each has a later update time, which is the
// revision of what is read then.
func testWritesTakeMoments(t *testing.T, p *serviceFixture) {
	v := p.add(t, "a task")
	last := v.UpdateTime
	for n := range 5 {
		if n == 3 {
			p.clock.advance(-2 * time.Second)
		}
		u := must(p.UpdateTask(p.ctx, p.retitle(v.ID, "changed")))(t)
		read := must(p.GetTask(p.ctx, p.getTask(v.ID)))(t)
		if !u.UpdateTime.After(last) || !read.Revision.Time().Equal(u.UpdateTime) {
			t.Errorf("written at %v after %v, and read at %v", u.UpdateTime, last, read.Revision.Time())
		}
		same(t, read.Value, u)
		last = u.UpdateTime
	}
}

// testPagesOfFewBytes asks for pages of two titles, which are of 300 bytes each: a
// page has one at least, and all pages together have all.
func testPagesOfFewBytes(t *testing.T, p *serviceFixture) {
	for _, letter := range []string{"a", "b", "c", "d", "e"} {
		p.addList(t, strings.Repeat(letter, 300))
		p.add(t, strings.Repeat(letter, 300))
	}
	for _, tt := range []struct{ bytes, most, pages int }{
		{700, 2, 3}, {600, 2, 3}, {599, 1, 5}, {1, 1, 5}, {0, 10, 1}, {2000, 10, 1}, {task.MaxPageContent, 10, 1}, {1 << 30, 10, 1}, {-1, 10, 1},
	} {
		var lists, tasks, pages int
		for q := (task.ListLists{Owner: p.owner, MaxBytes: tt.bytes}); ; {
			page := must(p.ListLists(p.ctx, q))(t).Value
			if lists += len(page.Lists); len(page.Lists) > tt.most+1 || len(page.Lists) == 0 { // the inbox has a short title
				t.Errorf("%d lists in %d bytes", len(page.Lists), tt.bytes)
			}
			if q.PageToken = page.Next; q.PageToken == "" || lists > 6 {
				break
			}
		}
		for q := (task.ListTasks{Owner: p.owner, MaxBytes: tt.bytes}); ; {
			page := must(p.ListTasks(p.ctx, q))(t).Value
			pages++
			if tasks += len(page.Tasks); len(page.Tasks) > tt.most || len(page.Tasks) == 0 {
				t.Errorf("%d tasks in %d bytes", len(page.Tasks), tt.bytes)
			}
			if q.PageToken = page.Next; q.PageToken == "" || tasks > 5 {
				break
			}
		}
		if lists != 6 || tasks != 5 || pages != tt.pages { // the inbox is one
			t.Errorf("in pages of %d bytes there are %d lists, and %d tasks on %d pages", tt.bytes, lists, tasks, pages)
		}
	}
}
