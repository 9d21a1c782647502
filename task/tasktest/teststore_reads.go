package tasktest

import (
	"fmt"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func readTests() storeTests {
	return storeTests{
		"Read/revision known, not modified":         testReadNotModified,
		"Read/another revision known, the value":    testReadModified,
		"Read/nothing found, the owner's revision":  testReadNothing,
		"Read/unknown owner, no revision":           testReadUnknownOwner,
		"Read/missing with a stale copy, not found": testReadMissing,
		"Read/order of two parts, one revision":     testReadTwoParts,
	}
}

// readResult is what a conditional read tells, whatever is read.
type readResult struct {
	revision    task.Revision
	notModified bool
	empty       bool // there is no value
}

// reads are all kinds of conditional reads of an owner, with a task and a list
// that are there.
func (fx *storeFixture) reads(t *testing.T, v task.Task, l task.List) map[string]func(known task.Revision) readResult {
	t.Helper()
	all := map[string]func(task.Revision) readResult{
		"Task": func(known task.Revision) readResult {
			r := must(fx.Task(t.Context(), task.GetTask{Ref: fx.ref(v.ID), Known: known}))(t)
			return readResult{r.Revision, r.NotModified, r.Value.ID.IsZero()}
		},
		"List": func(known task.Revision) readResult {
			r := must(fx.List(t.Context(), task.GetList{Ref: fx.ref(l.ID), Known: known}))(t)
			return readResult{r.Revision, r.NotModified, r.Value.ID.IsZero()}
		},
		"Lists": func(known task.Revision) readResult {
			return fx.lists(t, task.ListQuery{Owner: fx.owner, Limit: 10, Known: known})
		},
		"Lists, the second page": func(known task.Revision) readResult {
			return fx.lists(t, task.ListQuery{Owner: fx.owner, Limit: 10, Known: known, After: &task.ListCursor{Inbox: true}})
		},
	}
	for _, order := range task.Orders() {
		name := fmt.Sprintf("Tasks by %s, descending %v", order.By, order.Descending)
		all[name] = func(known task.Revision) readResult {
			return fx.tasks(t, task.TaskQuery{Owner: fx.owner, Order: order, Limit: 10, Bytes: plenty, Known: known})
		}
	}
	return all
}

func (fx *storeFixture) lists(t *testing.T, q task.ListQuery) readResult {
	t.Helper()
	r := must(fx.Lists(t.Context(), q))(t)
	return readResult{r.Revision, r.NotModified, len(r.Value.Lists) == 0 && !r.Value.More}
}

func (fx *storeFixture) tasks(t *testing.T, q task.TaskQuery) readResult {
	t.Helper()
	r := must(fx.Tasks(t.Context(), q))(t)
	return readResult{r.Revision, r.NotModified, len(r.Value.Tasks) == 0 && !r.Value.More}
}

func testReadNotModified(t *testing.T, fx *storeFixture) {
	v, l := fx.add(t, fx.rich()), fx.addList(t, "list", 1)
	v = fx.replace(t, next(v, func(v *task.Task) { v.DeleteTime = nil }))
	now := fx.revision(t)
	for name, read := range fx.reads(t, v, l) {
		if got := read(0); got != (readResult{revision: now}) {
			t.Errorf("%s without a copy: %+v, and the revision is %d", name, got, now)
		}
		if got := read(now); got != (readResult{now, true, true}) {
			t.Errorf("%s with a copy of %d: %+v", name, now, got)
		}
	}
}

func testReadModified(t *testing.T, fx *storeFixture) {
	v, l := fx.add(t, fx.task("task")), fx.addList(t, "list", 1)
	old := fx.revision(t)
	fx.add(t, fx.task("something else"))
	now := fx.revision(t)
	for name, read := range fx.reads(t, v, l) {
		for _, known := range []task.Revision{old, now + 1, 1, -1} {
			if got := read(known); got != (readResult{revision: now}) {
				t.Errorf("%s with a copy of %d: %+v, and the revision is %d", name, known, got, now)
			}
		}
	}
}

// testReadNothing asks for pages on which there is nothing, in all of the forms
// that a query may take. Of them, too, the caller keeps a copy.
func testReadNothing(t *testing.T, fx *storeFixture) {
	now := fx.revision(t)
	want := func(what string, got readResult) {
		t.Helper()
		if got != (readResult{revision: now, empty: true}) {
			t.Errorf("%s: %+v, and the revision is %d", what, got, now)
		}
	}
	filters := []task.Filter{{}, {Trash: true}, {Text: "x"}, {Label: "x"}, {UpdatedAfter: &fx.now}, {DueBefore: &fx.now}}
	for _, order := range task.Orders() {
		for _, f := range filters {
			q := task.TaskQuery{Owner: fx.owner, Order: order, Filter: f, Limit: 10, Bytes: plenty}
			want(fmt.Sprintf("%+v", q), fx.tasks(t, q))
			q.After = &task.Cursor{ID: fx.id(), Time: fx.now}
			want(fmt.Sprintf("%+v after a cursor", q), fx.tasks(t, q))
			q.After.Unset = order.By == task.ByDue && f.DueBefore == nil || order.By == task.ByPriority
			want(fmt.Sprintf("%+v after an unset cursor", q), fx.tasks(t, q))
		}
	}
	for _, after := range []task.ListCursor{{Inbox: true}, {Position: 1, ID: fx.id()}} {
		want("Lists", fx.lists(t, task.ListQuery{Owner: fx.owner, Limit: 10, After: &after}))
	}
}

func testReadUnknownOwner(t *testing.T, fx *storeFixture) {
	unknown := unopenedFixture(fx.Store)
	for _, known := range []task.Revision{0, 1, task.Revision(fx.now.UnixMicro())} {
		nothing := readResult{empty: true}
		q := task.TaskQuery{Owner: unknown.owner, Order: task.Order{By: task.ByDue}, Limit: 10, Bytes: plenty, Known: known}
		if got := unknown.tasks(t, q); got != nothing {
			t.Errorf("Tasks: %+v", got)
		}
		if got := unknown.lists(t, task.ListQuery{Owner: unknown.owner, Limit: 10, Known: known}); got != nothing {
			t.Errorf("Lists: %+v", got)
		}
	}
}

func testReadMissing(t *testing.T, fx *storeFixture) {
	old := fx.revision(t)
	v := fx.add(t, fx.task("goes"))
	succeed(t, fx.RemoveTask(t.Context(), v))
	for _, known := range []task.Revision{0, old, fx.revision(t) + 1} {
		refused(fx.Task(t.Context(), task.GetTask{Ref: fx.ref(v.ID), Known: known}))(t, task.ErrTaskNotFound)
		refused(fx.List(t.Context(), task.GetList{Ref: fx.ref(ulid.Make()), Known: known}))(t, task.ErrListNotFound)
	}
}

// testReadTwoParts reads pages that end in either part of an order in which
// nothing-set comes last, and where one of the parts is empty.
func testReadTwoParts(t *testing.T, fx *storeFixture) {
	for n := range 4 {
		v := fx.task("task")
		if n%2 == 0 {
			v.Due, v.Priority = &task.When{Instant: fx.now.Add(time.Duration(n) * time.Hour)}, 1+n
		}
		fx.add(t, v)
		now := fx.revision(t)
		for _, order := range []task.Order{{By: task.ByDue}, {By: task.ByPriority}, {By: task.ByDue, Descending: true}} {
			for limit := 1; limit <= 5; limit++ {
				q := task.TaskQuery{Owner: fx.owner, Order: order, Limit: limit, Bytes: plenty}
				if got := fx.tasks(t, q); got != (readResult{revision: now}) {
					t.Errorf("%d tasks, %+v: %+v, and the revision is %d", n+1, q, got, now)
				}
			}
		}
	}
}
