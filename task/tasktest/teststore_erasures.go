package tasktest

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

func erasureTests() storeTests {
	return storeTests{
		"NoteErasures/known owners who are not deleted, once": testNoteErasures,
		"DueErasures/due by the time, with the owner's state": testDueErasures,
		"PostponeErasure/waits anew, unless it is gone":       testPostponeErasure,
	}
}

// due returns the erasure of the owner if it is due by the time. Stores may be
// shared with tests whose erasures are due as well.
func (fx *storeFixture) due(t *testing.T, by time.Time) (found []task.DueErasure) {
	t.Helper()
	for _, e := range must(fx.DueErasures(t.Context(), by))(t) {
		if e.Owner == fx.owner {
			found = append(found, e)
		}
	}
	return found
}

// longAgo is before whatever other tests of the same store have waiting.
func longAgo() time.Time { return time.Date(2001, 2, 3, 4, 5, 6, 789000, time.UTC) }

func (fx *storeFixture) noteErasure(t *testing.T, due time.Time) task.Erasure {
	t.Helper()
	added := must(fx.NoteErasures(t.Context(), task.ErasuresNote{Owners: []ulid.ULID{fx.owner}, Due: due}))(t)
	want := task.Erasure{Owner: fx.owner, Due: due, Revision: must(fx.Revision(t.Context(), fx.owner))(t)}
	if len(added) != 1 || !sameErasure(added[0], want) {
		t.Fatalf("added %+v, want %+v", added, want)
	}
	return added[0]
}

func sameErasure(a, b task.Erasure) bool {
	return a.Owner == b.Owner && a.Due.Equal(b.Due) && a.Revision == b.Revision
}

func testNoteErasures(t *testing.T, fx *storeFixture) {
	other, deleted := newStoreFixture(t, fx.Store), newStoreFixture(t, fx.Store)
	succeed(t, fx.MarkOwnerDeleted(t.Context(), deleted.deletion(fx.now)))
	all := task.ErasuresNote{Owners: []ulid.ULID{ulid.Make(), fx.owner, deleted.owner, other.owner, fx.owner}, Due: fx.now.Add(time.Hour)}
	before := must(fx.CountErasures(t.Context()))(t)
	var owners []ulid.ULID
	for _, e := range must(fx.NoteErasures(t.Context(), all))(t) {
		owners = append(owners, e.Owner)
		if !e.Due.Equal(all.Due) || e.Revision == 0 {
			t.Errorf("added %+v", e)
		}
	}
	slices.SortFunc(owners, ulid.ULID.Compare)
	want := []ulid.ULID{fx.owner, other.owner}
	slices.SortFunc(want, ulid.ULID.Compare)
	same(t, owners, want)
	if n := must(fx.CountErasures(t.Context()))(t); n < before+len(want) {
		t.Errorf("there are %d, were %d", n, before)
	}
	later := all
	later.Due = all.Due.Add(time.Hour)
	if again := must(fx.NoteErasures(t.Context(), later))(t); len(again) != 0 {
		t.Errorf("added again: %+v", again)
	}
	if none := must(fx.NoteErasures(t.Context(), task.ErasuresNote{Due: all.Due}))(t); len(none) != 0 {
		t.Errorf("added for nobody: %+v", none)
	}
}

func testDueErasures(t *testing.T, fx *storeFixture) {
	at := longAgo()
	e := fx.noteErasure(t, at)
	if early := fx.due(t, at.Add(-time.Microsecond)); len(early) != 0 {
		t.Errorf("due before its time: %+v", early)
	}
	is := func(present task.Revision, marked bool) {
		t.Helper()
		due := fx.due(t, at)
		if len(due) != 1 || !sameErasure(due[0].Erasure, e) || due[0].Present != present || due[0].Marked != marked {
			t.Errorf("due %+v, want %+v, revision %d, marked %t", due, e, present, marked)
		}
	}
	is(e.Revision, false)
	fx.add(t, fx.task("written since"))
	is(must(fx.Revision(t.Context(), fx.owner))(t), false)
	succeed(t, fx.MarkOwnerDeleted(t.Context(), fx.deletion(fx.now)))
	is(must(fx.Revision(t.Context(), fx.owner))(t), true)
	for i, want := range []bool{true, false} {
		if got := must(fx.RemoveErasure(t.Context(), fx.owner))(t); got != want {
			t.Errorf("removal %d: it was there: %t", i, got)
		}
	}
	if due := fx.due(t, at); len(due) != 0 {
		t.Errorf("removed, and due: %+v", due)
	}
}

func testPostponeErasure(t *testing.T, fx *storeFixture) {
	at := longAgo().Add(-24 * time.Hour)
	e := fx.noteErasure(t, at)
	e.Due, e.Revision = at.Add(time.Hour), e.Revision+7
	succeed(t, fx.PostponeErasure(t.Context(), e))
	if early := fx.due(t, at); len(early) != 0 {
		t.Errorf("due before its new time: %+v", early)
	}
	if due := fx.due(t, e.Due); len(due) != 1 || !sameErasure(due[0].Erasure, e) {
		t.Errorf("due %+v, want %+v", due, e)
	}
	must(fx.RemoveErasure(t.Context(), fx.owner))(t)
	succeed(t, fx.PostponeErasure(t.Context(), e))
	if due := fx.due(t, e.Due); len(due) != 0 {
		t.Errorf("it is back: %+v", due)
	}
}
