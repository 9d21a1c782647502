package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

// plenty is a limit that tests do not reach.
const plenty = 1000

// shelf is one owner's part of a store under test.
type shelf struct {
	task.Store
	others []task.Store // over the same database
	owner  ulid.ULID
	now    time.Time
	ids    *idGenerator
}

// newShelf returns the shelf of a new owner, opened.
func newShelf(t *testing.T, s task.Store) *shelf {
	t.Helper()
	h := shelfOf(s)
	succeed(t, s.OpenOwner(t.Context(), h.inbox()))
	return h
}

// shelfOf returns the shelf of someone who was never here.
func shelfOf(s task.Store) *shelf {
	now := time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC)
	return &shelf{Store: s, owner: ulid.Make(), now: now, ids: newIDGenerator()}
}

// id returns the id of something new.
func (h *shelf) id() ulid.ULID { return h.ids.at(h.now) }

func (h *shelf) inbox() task.List { return h.list(h.owner, "Inbox", 0) }

// list returns a list that is not stored yet.
func (h *shelf) list(id ulid.ULID, title string, position float64) task.List {
	return task.List{
		Owner: h.owner, ID: id, Title: title, Position: position, CreateTime: id.Timestamp().UTC(),
		UpdateTime: h.now, Version: 1, Mutation: id,
	}
}

// addList stores a list, and returns it as it was written.
func (h *shelf) addList(t *testing.T, title string, position float64) task.List {
	t.Helper()
	l := h.list(h.id(), title, position)
	got := must(h.InsertList(t.Context(), task.ListInsert{List: l, Limit: plenty}))(t)
	return writtenList(t, got, l)
}

// task returns a plain task of the inbox that is not stored yet.
func (h *shelf) task(title string) task.Task {
	id := h.id()
	return task.Task{
		Owner: h.owner, ID: id, ListID: h.owner, Title: title, Status: task.Todo, CreateTime: id.Timestamp().UTC(),
		UpdateTime: h.now, Version: 1, Mutation: id,
	}
}

// add stores a task, and returns it as it was written.
func (h *shelf) add(t *testing.T, v task.Task) task.Task {
	t.Helper()
	got := must(h.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: plenty}))(t)
	return writtenTask(t, got, v)
}

// replace writes the next version of a task, and returns it as it was written.
func (h *shelf) replace(t *testing.T, r task.TaskReplacement) task.Task {
	t.Helper()
	got := must(h.ReplaceTask(t.Context(), r))(t)
	return writtenTask(t, got, r.Now)
}

// replaceList writes the next version of a list, and returns it as it was written.
func (h *shelf) replaceList(t *testing.T, r task.ListReplacement) task.List {
	t.Helper()
	got := must(h.ReplaceList(t.Context(), r))(t)
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
func (h *shelf) get(t *testing.T, id ulid.ULID) task.Task {
	t.Helper()
	return must(h.Task(t.Context(), h.getTask(id)))(t).Value
}

func (h *shelf) ref(id ulid.ULID) task.Ref { return task.Ref{Owner: h.owner, ID: id} }

func (h *shelf) getTask(id ulid.ULID) task.GetTask { return task.GetTask{Ref: h.ref(id)} }

func (h *shelf) getList(id ulid.ULID) task.GetList { return task.GetList{Ref: h.ref(id)} }

// revision returns the owner's present revision.
func (h *shelf) revision(t *testing.T) task.Revision {
	t.Helper()
	return must(h.Revision(t.Context(), h.owner))(t)
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
func (h *shelf) rich() task.Task {
	v := h.task(`quote ' back\slash "double" %_? 日本語 🗒️ é ` + "e\u0301 trailing ")
	at := h.now.Add(time.Microsecond)
	v.Content = "line\r\nline\t\x01 \u2028 ￿ \U0010ffff -- ; /* */ ''"
	v.Status, v.CompleteTime = task.Done, &at
	v.Priority = 9
	v.Start = &task.When{Date: "1900-01-01", Instant: time.Date(1899, 12, 31, 10, 0, 0, 0, time.UTC)}
	v.Due = &task.When{Instant: time.Date(9998, 12, 31, 23, 59, 59, 999999000, time.UTC)}
	v.TimeZone = "Pacific/Kiritimati"
	v.Labels = []string{"work", "Work", "wörk", "🗒️", `'"\`}
	v.Position = -1.7976931348623157e308
	v.DeleteTime = &h.now
	v.Version = 1 << 40
	return v
}
