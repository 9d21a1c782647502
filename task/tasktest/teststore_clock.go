package tasktest

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/task"
)

func clockTests() storeTests {
	return storeTests{
		"Revision/every kind of write, the next moment":      testEveryWriteAdvances,
		"Revision/a write is refused, unchanged":             testRefusedWriteDoesNotAdvance,
		"Revision/unknown owner, zero":                       testUnknownOwnerRevision,
		"UpdateTime/now after the clock, now":                testMomentIsNow,
		"UpdateTime/now before the clock, one microsecond":   testMomentIsLater,
		"UpdateTime/owner deleted and purged, never repeats": testPurgeAdvances,
	}
}

// revisions watches the clock of an owner.
type revisions struct {
	*shelf
	last task.Revision
}

// advanced demands that a write has advanced the clock, and that reading does
// not. moment is the update time of what was written, zero for a removal.
func (r *revisions) advanced(t *testing.T, what string, moment time.Time) {
	t.Helper()
	now := r.revision(t)
	if now <= r.last {
		t.Errorf("%s: the revision is %d after %d", what, now, r.last)
	}
	if !moment.IsZero() && !moment.Equal(now.Time()) {
		t.Errorf("%s: written at %v, and the revision is %v", what, moment, now.Time())
	}
	r.find(t, task.Filter{})
	r.allLists(t, 10)
	if again := r.revision(t); again != now {
		t.Errorf("%s: reading has changed the revision", what)
	}
	r.last = now
}

func testEveryWriteAdvances(t *testing.T, h *shelf) {
	ctx := t.Context()
	r := revisions{shelf: h}
	r.advanced(t, "OpenOwner", h.now)
	v, stays := h.add(t, h.task("a task")), h.task("with a key")
	r.advanced(t, "InsertTask", v.UpdateTime)
	stays = must(h.InsertTask(ctx, task.TaskInsert{Task: stays, Limit: plenty, Idempotency: task.Idempotency{Key: "k"}}))(t)
	r.advanced(t, "InsertTask with a key", stays.UpdateTime)
	v = h.replace(t, next(v, func(v *task.Task) { v.Title = "changed" }))
	r.advanced(t, "ReplaceTask", v.UpdateTime)
	v = h.replace(t, next(v, func(v *task.Task) { v.Labels = []string{"a label"} }))
	r.advanced(t, "ReplaceTask with labels", v.UpdateTime)

	l := h.addList(t, "a list", 1)
	r.advanced(t, "InsertList", l.UpdateTime)
	l = h.replaceList(t, nextList(l, func(l *task.List) { l.Title = "renamed" }))
	r.advanced(t, "ReplaceList", l.UpdateTime)
	v = h.replace(t, next(v, func(v *task.Task) { v.ListID = l.ID }))
	r.advanced(t, "ReplaceTask with a list", v.UpdateTime)
	succeed(t, h.MarkListDeleted(ctx, nextList(l, func(*task.List) {})))
	r.advanced(t, "MarkListDeleted", time.Time{})
	if must(h.DrainList(ctx, task.ListDrain{Ref: h.ref(l.ID), Time: h.now}))(t) {
		t.Fatal("the list was empty")
	}
	v = h.get(t, v.ID)
	r.advanced(t, "DrainList", v.UpdateTime)
	succeed(t, h.RemoveTask(ctx, v))
	r.advanced(t, "RemoveTask", time.Time{})
	// What is removed takes a moment, which nothing else is written at.
	if stays = h.replace(t, next(stays, func(v *task.Task) { v.UpdateTime = h.now })); stays.UpdateTime.UnixMicro() <= v.UpdateTime.UnixMicro()+1 {
		t.Errorf("written at %v, after a removal at more than %v", stays.UpdateTime, v.UpdateTime)
	}
}

func testPurgeAdvances(t *testing.T, h *shelf) {
	h.add(t, h.task("a task"))
	r := revisions{shelf: h}
	r.advanced(t, "InsertTask", time.Time{})
	succeed(t, h.MarkOwnerDeleted(t.Context(), h.deletion(h.now)))
	r.advanced(t, "MarkOwnerDeleted", time.Time{})
	if must(h.PurgeOwner(t.Context(), h.owner))(t) {
		t.Fatal("the owner had nothing")
	}
	r.advanced(t, "PurgeOwner", time.Time{})
	h.purge(t)
	r.advanced(t, "PurgeOwner, the last step", time.Time{})
}

func testRefusedWriteDoesNotAdvance(t *testing.T, h *shelf) {
	ctx := t.Context()
	in := task.TaskInsert{Task: h.task("a task"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
	v := must(h.InsertTask(ctx, in))(t)
	l := h.addList(t, "a list", 1)
	before := h.revision(t)

	same(t, must(h.InsertTask(ctx, in))(t), v)
	in.Idempotency.Fingerprint[0]++
	refused(h.InsertTask(ctx, in))(t, task.ErrKeyReused)
	refused(h.InsertTask(ctx, task.TaskInsert{Task: h.task("too many"), Limit: 1}))(t, task.ErrTaskLimit)
	refused(h.InsertList(ctx, task.ListInsert{List: h.list(ulid.Make(), "too many", 1), Limit: 1}))(t, task.ErrListLimit)
	old, oldList := v, l
	old.Version, oldList.Version = 7, 7
	refused(h.ReplaceTask(ctx, next(old, func(*task.Task) {})))(t, errs.ErrStaleVersion)
	fail(t, h.RemoveTask(ctx, old), errs.ErrStaleVersion)
	refused(h.ReplaceList(ctx, nextList(oldList, func(*task.List) {})))(t, errs.ErrStaleVersion)
	fail(t, h.MarkListDeleted(ctx, nextList(oldList, func(*task.List) {})), errs.ErrStaleVersion)
	succeed(t, h.OpenOwner(ctx, h.inbox()))
	if after := h.revision(t); after != before {
		t.Errorf("the revision is %d after %d", after, before)
	}
}

func testUnknownOwnerRevision(t *testing.T, h *shelf) {
	if r := must(h.Revision(t.Context(), ulid.Make()))(t); r != 0 {
		t.Errorf("the revision is %d", r)
	}
}

// testMomentIsNow writes at times that are later each time.
func testMomentIsNow(t *testing.T, h *shelf) {
	now := func() time.Time {
		h.now = h.now.Add(time.Second)
		return h.now
	}
	now()
	v, l := h.task("a task"), h.list(ulid.Make(), "a list", 1)
	same(t, h.add(t, v).UpdateTime, h.now)
	l.UpdateTime = now()
	same(t, must(h.InsertList(t.Context(), task.ListInsert{List: l, Limit: plenty}))(t), l)
	same(t, h.replace(t, next(v, func(v *task.Task) { v.UpdateTime = now() })).UpdateTime, h.now)
	same(t, h.replaceList(t, nextList(l, func(l *task.List) { l.UpdateTime = now() })).UpdateTime, h.now)
}

// testMomentIsLater writes at the same time again and again, and at an earlier
// one, as an instance with a slow clock does.
func testMomentIsLater(t *testing.T, h *shelf) {
	want := h.revision(t)
	tick := func() time.Time {
		want++
		return want.Time()
	}
	v := h.add(t, h.task("a task"))
	same(t, v.UpdateTime, tick())
	l := h.addList(t, "a list", 1)
	same(t, l.UpdateTime, tick())
	early := h.now.Add(-time.Hour)
	v = h.replace(t, next(v, func(v *task.Task) { v.UpdateTime = early }))
	same(t, v.UpdateTime, tick())
	v = h.replace(t, next(v, func(v *task.Task) { v.UpdateTime, v.Labels = early, []string{"a label"} }))
	same(t, v.UpdateTime, tick())
	l = h.replaceList(t, nextList(l, func(l *task.List) { l.UpdateTime = early }))
	same(t, l.UpdateTime, tick())
	same(t, h.get(t, v.ID), v)
	same(t, h.readList(t, l.ID), l)
}
