package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

// plenty is a limit that tests do not reach.
const plenty = 1000

// storeFixture is one owner's part of a store under test.
type storeFixture struct {
	task.Store
	others []task.Store // over the same database
	owner  ulid.ULID
	now    time.Time
	ids    *idGenerator
}

// newStoreFixture returns the storeFixture of a new owner, opened.
func newStoreFixture(t *testing.T, s task.Store) *storeFixture {
	t.Helper()
	fx := unopenedFixture(s)
	succeed(t, s.OpenOwner(t.Context(), fx.inbox()))
	return fx
}

// unopenedFixture returns the storeFixture of someone who was never here.
func unopenedFixture(s task.Store) *storeFixture {
	now := time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC)
	return &storeFixture{Store: s, owner: ulid.Make(), now: now, ids: newIDGenerator()}
}

// id returns the id of something new.
func (fx *storeFixture) id() ulid.ULID { return fx.ids.at(fx.now) }

func (fx *storeFixture) inbox() task.List { return fx.list(fx.owner, "Inbox", 0) }

// list returns a list that is not stored yet.
func (fx *storeFixture) list(id ulid.ULID, title string, position float64) task.List {
	return task.List{
		Owner: fx.owner, ID: id, Title: title, Position: position, CreateTime: id.Timestamp().UTC(),
		UpdateTime: fx.now, Version: 1, Mutation: id,
	}
}

// addList stores a list, and returns it as it was written.
func (fx *storeFixture) addList(t *testing.T, title string, position float64) task.List {
	t.Helper()
	l := fx.list(fx.id(), title, position)
	got := must(fx.InsertList(t.Context(), task.ListInsert{List: l, Limit: plenty}))(t)
	return writtenList(t, got, l)
}

// task returns a plain task of the inbox that is not stored yet.
func (fx *storeFixture) task(title string) task.Task {
	id := fx.id()
	return task.Task{
		Owner: fx.owner, ID: id, ListID: fx.owner, Title: title, Status: task.Todo, CreateTime: id.Timestamp().UTC(),
		UpdateTime: fx.now, Version: 1, Mutation: id,
	}
}

// add stores a task, and returns it as it was written.
func (fx *storeFixture) add(t *testing.T, v task.Task) task.Task {
	t.Helper()
	got := must(fx.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: plenty}))(t)
	return writtenTask(t, got, v)
}

// replace writes the next version of a task, and returns it as it was written.
func (fx *storeFixture) replace(t *testing.T, r task.TaskReplacement) task.Task {
	t.Helper()
	got := must(fx.ReplaceTask(t.Context(), r))(t)
	return writtenTask(t, got, r.Now)
}

// replaceList writes the next version of a list, and returns it as it was written.
func (fx *storeFixture) replaceList(t *testing.T, r task.ListReplacement) task.List {
	t.Helper()
	got := must(fx.ReplaceList(t.Context(), r))(t)
	return writtenList(t, got, r.Now)
}

// writtenTask demands that a task is what was to be written, at the caller's time
// or a later moment of the owner's clock.
func writtenTask(t *testing.T, got, want task.Task) task.Task {
	t.Helper()
	notBefore(t, got.UpdateTime, want.UpdateTime)
	want.UpdateTime = got.UpdateTime
	same(t, got, want)
	return got
}

// writtenList is to lists what writtenTask is to tasks.
func writtenList(t *testing.T, got, want task.List) task.List {
	t.Helper()
	notBefore(t, got.UpdateTime, want.UpdateTime)
	want.UpdateTime = got.UpdateTime
	same(t, got, want)
	return got
}

func notBefore(t *testing.T, moment, now time.Time) {
	t.Helper()
	if moment.Before(now) {
		t.Fatalf("written at %v, though it was %v", moment, now)
	}
}

// get returns what is stored.
func (fx *storeFixture) get(t *testing.T, id ulid.ULID) task.Task {
	t.Helper()
	return must(fx.Task(t.Context(), fx.getTask(id)))(t).Value
}

func (fx *storeFixture) ref(id ulid.ULID) task.Ref { return task.Ref{Owner: fx.owner, ID: id} }

func (fx *storeFixture) getTask(id ulid.ULID) task.GetTask { return task.GetTask{Ref: fx.ref(id)} }

func (fx *storeFixture) getList(id ulid.ULID) task.GetList { return task.GetList{Ref: fx.ref(id)} }

// revision returns the owner's present revision.
func (fx *storeFixture) revision(t *testing.T) task.Revision {
	t.Helper()
	return must(fx.Revision(t.Context(), fx.owner))(t)
}

// next returns the next version of a task, with what edit changes.
func next(v task.Task, edit func(*task.Task)) task.TaskReplacement {
	now := copyTask(v)
	now.Version++
	now.Mutation = ulid.Make()
	now.UpdateTime = v.UpdateTime.Add(time.Second)
	edit(&now)
	return task.TaskReplacement{Was: v, Now: now}
}

// rich returns a task that has everything, and texts that are hard to keep.
func (fx *storeFixture) rich() task.Task {
	v := fx.task(`quote ' back\slash "double" %_? 日本語 🗒️ é ` + "e\u0301 trailing ")
	at := fx.now.Add(time.Microsecond)
	v.Content = "line\r\nline\t\x01 \u2028 ￿ \U0010ffff -- ; /* */ ''"
	v.Status, v.CompleteTime = task.Done, &at
	v.Priority = 9
	v.Start = &task.When{Date: "1900-01-01", Instant: time.Date(1899, 12, 31, 10, 0, 0, 0, time.UTC)}
	v.Due = &task.When{Instant: time.Date(9998, 12, 31, 23, 59, 59, 999999000, time.UTC)}
	v.TimeZone = "Pacific/Kiritimati"
	v.Labels = []string{"work", "Work", "wörk", "🗒️", `'"\`}
	v.Position = -1.7976931348623157e308
	v.DeleteTime = &fx.now
	v.Version = 1 << 40
	return v
}
