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
	*storeFixture
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

func testEveryWriteAdvances(t *testing.T, fx *storeFixture) {
	ctx := t.Context()
	r := revisions{storeFixture: fx}
	r.advanced(t, "OpenOwner", fx.now)
	v, stays := fx.add(t, fx.task("a task")), fx.task("with a key")
	r.advanced(t, "InsertTask", v.UpdateTime)
	stays = must(fx.InsertTask(ctx, task.TaskInsert{Task: stays, Limit: plenty, Idempotency: task.Idempotency{Key: "k"}}))(t)
	r.advanced(t, "InsertTask with a key", stays.UpdateTime)
	v = fx.replace(t, next(v, func(v *task.Task) { v.Title = "changed" }))
	r.advanced(t, "ReplaceTask", v.UpdateTime)
	v = fx.replace(t, next(v, func(v *task.Task) { v.Labels = []string{"a label"} }))
	r.advanced(t, "ReplaceTask with labels", v.UpdateTime)

	l := fx.addList(t, "a list", 1)
	r.advanced(t, "InsertList", l.UpdateTime)
	l = fx.replaceList(t, nextList(l, func(l *task.List) { l.Title = "renamed" }))
	r.advanced(t, "ReplaceList", l.UpdateTime)
	v = fx.replace(t, next(v, func(v *task.Task) { v.ListID = l.ID }))
	r.advanced(t, "ReplaceTask with a list", v.UpdateTime)
	succeed(t, fx.MarkListDeleted(ctx, nextList(l, func(*task.List) {})))
	r.advanced(t, "MarkListDeleted", time.Time{})
	if must(fx.DrainList(ctx, task.ListDrain{Ref: fx.ref(l.ID), Time: fx.now}))(t) {
		t.Fatal("the list was empty")
	}
	v = fx.get(t, v.ID)
	r.advanced(t, "DrainList", v.UpdateTime)
	succeed(t, fx.RemoveTask(ctx, v))
	r.advanced(t, "RemoveTask", time.Time{})
	// What is removed takes a moment, which nothing else is written at.
	if stays = fx.replace(t, next(stays, func(v *task.Task) { v.UpdateTime = fx.now })); stays.UpdateTime.UnixMicro() <= v.UpdateTime.UnixMicro()+1 {
		t.Errorf("written at %v, after a removal at more than %v", stays.UpdateTime, v.UpdateTime)
	}
}

func testPurgeAdvances(t *testing.T, fx *storeFixture) {
	fx.add(t, fx.task("a task"))
	r := revisions{storeFixture: fx}
	r.advanced(t, "InsertTask", time.Time{})
	succeed(t, fx.MarkOwnerDeleted(t.Context(), fx.deletion(fx.now)))
	r.advanced(t, "MarkOwnerDeleted", time.Time{})
	if must(fx.PurgeOwner(t.Context(), fx.owner))(t) {
		t.Fatal("the owner had nothing")
	}
	r.advanced(t, "PurgeOwner", time.Time{})
	fx.purge(t)
	r.advanced(t, "PurgeOwner, the last step", time.Time{})
}

func testRefusedWriteDoesNotAdvance(t *testing.T, fx *storeFixture) {
	ctx := t.Context()
	in := task.TaskInsert{Task: fx.task("a task"), Limit: plenty, Idempotency: task.Idempotency{Key: "key"}}
	v := must(fx.InsertTask(ctx, in))(t)
	l := fx.addList(t, "a list", 1)
	before := fx.revision(t)

	same(t, must(fx.InsertTask(ctx, in))(t), v)
	in.Idempotency.Fingerprint[0]++
	refused(fx.InsertTask(ctx, in))(t, task.ErrKeyReused)
	refused(fx.InsertTask(ctx, task.TaskInsert{Task: fx.task("too many"), Limit: 1}))(t, task.ErrTaskLimit)
	refused(fx.InsertList(ctx, task.ListInsert{List: fx.list(ulid.Make(), "too many", 1), Limit: 1}))(t, task.ErrListLimit)
	old, oldList := v, l
	old.Version, oldList.Version = 7, 7
	refused(fx.ReplaceTask(ctx, next(old, func(*task.Task) {})))(t, errs.ErrStaleVersion)
	fail(t, fx.RemoveTask(ctx, old), errs.ErrStaleVersion)
	refused(fx.ReplaceList(ctx, nextList(oldList, func(*task.List) {})))(t, errs.ErrStaleVersion)
	fail(t, fx.MarkListDeleted(ctx, nextList(oldList, func(*task.List) {})), errs.ErrStaleVersion)
	succeed(t, fx.OpenOwner(ctx, fx.inbox()))
	if after := fx.revision(t); after != before {
		t.Errorf("the revision is %d after %d", after, before)
	}
}

func testUnknownOwnerRevision(t *testing.T, fx *storeFixture) {
	if r := must(fx.Revision(t.Context(), ulid.Make()))(t); r != 0 {
		t.Errorf("the revision is %d", r)
	}
}

// testMomentIsNow writes at times that are later each time.
func testMomentIsNow(t *testing.T, fx *storeFixture) {
	now := func() time.Time {
		fx.now = fx.now.Add(time.Second)
		return fx.now
	}
	now()
	v, l := fx.task("a task"), fx.list(ulid.Make(), "a list", 1)
	same(t, fx.add(t, v).UpdateTime, fx.now)
	l.UpdateTime = now()
	same(t, must(fx.InsertList(t.Context(), task.ListInsert{List: l, Limit: plenty}))(t), l)
	same(t, fx.replace(t, next(v, func(v *task.Task) { v.UpdateTime = now() })).UpdateTime, fx.now)
	same(t, fx.replaceList(t, nextList(l, func(l *task.List) { l.UpdateTime = now() })).UpdateTime, fx.now)
}

// testMomentIsLater writes at the same time again and again, and at an earlier
// one, as an instance with a slow clock does.
func testMomentIsLater(t *testing.T, fx *storeFixture) {
	want := fx.revision(t)
	tick := func() time.Time {
		want++
		return want.Time()
	}
	v := fx.add(t, fx.task("a task"))
	same(t, v.UpdateTime, tick())
	l := fx.addList(t, "a list", 1)
	same(t, l.UpdateTime, tick())
	early := fx.now.Add(-time.Hour)
	v = fx.replace(t, next(v, func(v *task.Task) { v.UpdateTime = early }))
	same(t, v.UpdateTime, tick())
	v = fx.replace(t, next(v, func(v *task.Task) { v.UpdateTime, v.Labels = early, []string{"a label"} }))
	same(t, v.UpdateTime, tick())
	l = fx.replaceList(t, nextList(l, func(l *task.List) { l.UpdateTime = early }))
	same(t, l.UpdateTime, tick())
	same(t, fx.get(t, v.ID), v)
	same(t, fx.readList(t, l.ID), l)
}
