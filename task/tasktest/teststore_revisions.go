//go:build ignore

package tasktest

import (
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

// testRevisions makes every kind of write, and looks that each of them makes
// another revision than all before, while reads make none.
func testRevisions(t *testing.T, h *shelf) {
	ctx := t.Context()
	if r := must(h.Revision(ctx, ulid.Make()))(t); !r.IsZero() {
		t.Errorf("the revision of an unknown owner is %v", r)
	}
	seen := map[ulid.ULID]string{{}: "nobody"}
	changed := func(what string) {
		t.Helper()
		r := must(h.Revision(ctx, h.owner))(t)
		if before, ok := seen[r]; ok {
			t.Errorf("after %q the revision is that after %q", what, before)
		}
		seen[r] = what
		must(h.Tasks(ctx, task.TaskScan{Owner: h.owner, Order: task.Order{By: task.ByCreateTime}, Limit: 10, Bytes: task.MaxPageContent}))(t)
		must(h.Lists(ctx, task.ListScan{Owner: h.owner, Limit: 10}))(t)
		if again := must(h.Revision(ctx, h.owner))(t); again != r {
			t.Errorf("after %q, reading changed the revision", what)
		}
	}
	changed("the beginning")

	v, _ := h.add(t, h.task("a task")), h.add(t, h.task("one that stays"))
	changed("a task came")
	r := next(v, func(v *task.Task) { v.Title = "changed" })
	must(h.ReplaceTask(ctx, r))(t)
	changed("a task changed")
	labels := next(r.Now, func(v *task.Task) { v.Labels = []string{"a label"} })
	must(h.ReplaceTask(ctx, labels))(t)
	changed("labels changed")

	l := h.addList(t, "a list", 1)
	changed("a list came")
	renamed := nextList(l, func(l *task.List) { l.Title = "renamed" })
	must(h.ReplaceList(ctx, renamed))(t)
	changed("a list changed")
	moved := next(labels.Now, func(v *task.Task) { v.ListID = l.ID })
	must(h.ReplaceTask(ctx, moved))(t)
	changed("a task moved")
	closed := nextList(renamed.Now, func(*task.List) {})
	must(h.CloseList(ctx, closed))(t)
	changed("a list closed")
	if must(h.EmptyList(ctx, task.Emptying{Ref: h.ref(l.ID), Time: h.now}))(t) {
		t.Fatal("the list was empty")
	}
	changed("a list was emptied")
	must(h.RemoveTask(ctx, h.get(t, v.ID)))(t)
	changed("a task went")

	h.add(t, h.task("another task"))
	changed("another task came")
	must(h.CloseOwner(ctx, task.Closing{Owner: h.owner, Time: h.now}))(t)
	changed("the owner closed")
	if must(h.EraseOwner(ctx, h.owner))(t) {
		t.Fatal("the owner had nothing")
	}
	changed("the owner is being erased")
}
