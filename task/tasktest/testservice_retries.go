package tasktest

import (
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

func testIfVersion(t *testing.T, p *serviceFixture) {
	v := p.add(t, "first")
	u := p.retitle(v.ID, "second")
	u.IfVersion = v.Version
	second := must(p.UpdateTask(p.ctx, u))(t)
	stale := p.retitle(v.ID, "third")
	stale.IfVersion = v.Version
	refused(p.UpdateTask(p.ctx, stale))(t, errs.ErrStaleVersion)
	for _, purge := range []bool{false, true} {
		d := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), IfVersion: v.Version, Purge: purge}
		refused(p.DeleteTask(p.ctx, d))(t, errs.ErrStaleVersion)
	}
	refused(p.RestoreTask(p.ctx, task.RestoreTask{Ref: p.ref(v.ID), Mutation: p.mutation(), IfVersion: 7}))(t, errs.ErrStaleVersion)
	same(t, p.get(t, v.ID), second)

	d := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), IfVersion: 2}
	must(p.DeleteTask(p.ctx, d))(t)
	d.Mutation, d.IfVersion = p.mutation(), 3
	must(p.DeleteTask(p.ctx, d))(t) // in the trash already, and of the version that was read
	d.Mutation, d.Purge = p.mutation(), true
	must(p.DeleteTask(p.ctx, d))(t)
}

func testRetryOfLastWrite(t *testing.T, p *serviceFixture) {
	v := p.add(t, "first")
	for _, ifVersion := range []int64{0, 2} {
		u := p.retitle(v.ID, "changed")
		u.IfVersion = ifVersion
		changed := must(p.UpdateTask(p.ctx, u))(t)
		u.Mutation.Repeat = true
		same(t, must(p.UpdateTask(p.ctx, u))(t), changed)
	}
	d := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), IfVersion: 3}
	must(p.DeleteTask(p.ctx, d))(t)
	d.Mutation.Repeat = true
	must(p.DeleteTask(p.ctx, d))(t)
	r := task.RestoreTask{Ref: p.ref(v.ID), Mutation: p.mutation(), IfVersion: 4}
	restored := must(p.RestoreTask(p.ctx, r))(t)
	r.Mutation.Repeat = true
	same(t, must(p.RestoreTask(p.ctx, r))(t), restored)

	// The first attempt did not arrive: the repeat makes the change.
	u := p.retitle(v.ID, "lost at first")
	u.IfVersion, u.Mutation.Repeat = restored.Version, true
	must(p.UpdateTask(p.ctx, u))(t)
	p.clock.advance(time.Minute)
	u = p.retitle(v.ID, "lost at first, too")
	u.Mutation.Repeat = true
	must(p.UpdateTask(p.ctx, u))(t)
}

func testRetryBeneathOthers(t *testing.T, p *serviceFixture) {
	v := p.add(t, "first")
	p.clock.advance(time.Minute)
	for _, ifVersion := range []int64{0, 1} {
		mine := p.retitle(v.ID, "mine")
		mine.IfVersion, mine.Mutation.Repeat = ifVersion, true
		p.clock.advance(time.Second)
		lost := mine // the first attempt, whose answer was
		lost.IfVersion, lost.Mutation.Repeat = 0, false
		must(p.UpdateTask(p.ctx, lost))(t)
		must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs")))(t)
		theirs := must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs, too")))(t)
		refused(p.UpdateTask(p.ctx, mine))(t, errs.ErrOutcomeUnknown)
		d := task.DeleteTask{Ref: mine.Ref, Mutation: mine.Mutation, IfVersion: ifVersion}
		refused(p.DeleteTask(p.ctx, d))(t, errs.ErrOutcomeUnknown)
		same(t, p.get(t, v.ID), theirs)
	}
	// One that has lain somewhere for long, and was made meanwhile, is not made again.
	late := p.retitle(v.ID, "late")
	must(p.UpdateTask(p.ctx, late))(t)
	p.clock.advance(time.Minute)
	must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs")))(t)
	refused(p.UpdateTask(p.ctx, late))(t, errs.ErrOutcomeUnknown)
	// So many changes on top that it cannot be known any more.
	buried := p.retitle(v.ID, "mine")
	buried.Mutation.Repeat = true
	for range mutation.Remembered {
		must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs")))(t)
	}
	refused(p.UpdateTask(p.ctx, buried))(t, errs.ErrOutcomeUnknown)
	// Of a single change of another on the version that was read it is known
	// that it came first.
	first := p.retitle(v.ID, "mine")
	first.IfVersion, first.Mutation.Repeat = p.get(t, v.ID).Version-1, true
	refused(p.UpdateTask(p.ctx, first))(t, errs.ErrStaleVersion)
	// What is as wished needs no change, whoever made it so.
	r := task.RestoreTask{Ref: p.ref(v.ID), Mutation: p.mutation()}
	r.Mutation.Repeat = true
	must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs again")))(t)
	must(p.RestoreTask(p.ctx, r))(t)
	// A task that is there was not purged: that is known.
	d := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), Purge: true, IfVersion: 1}
	d.Mutation.Repeat = true
	refused(p.DeleteTask(p.ctx, d))(t, errs.ErrStaleVersion)
	d.IfVersion = 0
	must(p.DeleteTask(p.ctx, d))(t)
}

// A change whose first attempt never arrived is made, or refused for a true
// reason, also when others came first: they are remembered, and it is not among
// them.
func testRetryOfLostWrite(t *testing.T, p *serviceFixture) {
	v := p.add(t, "first")
	mine, conditional := p.retitle(v.ID, "mine"), p.retitle(v.ID, "mine, if nobody else")
	conditional.IfVersion = v.Version
	mine.Mutation.Repeat, conditional.Mutation.Repeat = true, true
	for range 3 {
		must(p.UpdateTask(p.ctx, p.retitle(v.ID, "theirs")))(t)
	}
	refused(p.UpdateTask(p.ctx, conditional))(t, errs.ErrStaleVersion)
	if got := must(p.UpdateTask(p.ctx, mine))(t); got.Title != "mine" || got.Version != 5 {
		t.Fatalf("got %q, version %d", got.Title, got.Version)
	}
	if again := must(p.UpdateTask(p.ctx, mine))(t); again.Version != 5 {
		t.Fatalf("made twice: version %d", again.Version)
	}
}

func testUpdateTaskConcurrent(t *testing.T, p *serviceFixture) {
	v := p.add(t, "contested")
	results := race(func(n int) error {
		u := p.update(v.ID, task.TaskFields{Position: optional.Of(float64(n))})
		_, err := p.UpdateTask(p.ctx, u)
		return err
	})
	if won := count(t, results); won != racers {
		t.Errorf("%d changes were made, want all %d", won, racers)
	}
	if got := p.get(t, v.ID).Version; got != racers+1 {
		t.Errorf("the version is %d, want %d", got, racers+1)
	}
}

func testUpdateTaskConcurrentIfVersion(t *testing.T, p *serviceFixture) {
	v := p.add(t, "contested")
	results := race(func(n int) error {
		u := p.update(v.ID, task.TaskFields{Position: optional.Of(float64(n))})
		u.IfVersion = v.Version
		_, err := p.UpdateTask(p.ctx, u)
		return err
	})
	if won := count(t, results, errs.ErrStaleVersion); won != 1 {
		t.Errorf("%d changes of the same version were made", won)
	}
}
