package tasktest

import (
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/optional"
	"todokit/task"
)

// testPeek makes changes, and looks after each that who peeks finds out.
func testPeek(t *testing.T, p *person) {
	v, other := p.add(t, "a task"), p.add(t, "another task")
	first := must(p.Peek(p.ctx, task.Peek{Owner: p.owner, Task: v.ID}))(t)
	if first.Task == nil {
		t.Fatal("the task is missing")
	}
	same(t, *first.Task, v)
	known := task.Peek{Owner: p.owner, Task: v.ID, Known: optional.Of(first.Revision)}
	if again := must(p.Peek(p.ctx, known))(t); again != (task.Peeked{Revision: first.Revision}) {
		t.Errorf("nothing has changed, and there was %+v", again)
	}
	if bare := must(p.Peek(p.ctx, task.Peek{Owner: p.owner}))(t); bare != (task.Peeked{Revision: first.Revision}) {
		t.Errorf("no task was asked for, and there was %+v", bare)
	}

	must(p.UpdateTask(p.ctx, p.retitle(other.ID, "changed")))(t)
	second := must(p.Peek(p.ctx, known))(t)
	if second.Revision == first.Revision || second.Task == nil {
		t.Fatalf("another task has changed, and there was %+v", second)
	}
	same(t, *second.Task, v)

	purge := task.DeleteTask{Ref: p.ref(v.ID), Mutation: p.mutation(), Purge: true}
	must(p.DeleteTask(p.ctx, purge))(t)
	if gone := must(p.Peek(p.ctx, known))(t); gone.Revision == second.Revision || gone.Task != nil {
		t.Errorf("the task is gone, and there was %+v", gone)
	}
}

// testPeekApart looks that nobody peeks at what is not theirs.
func testPeekApart(t *testing.T, mei, tom *person) {
	v := mei.add(t, "mine")
	if found := must(tom.Peek(tom.ctx, task.Peek{Owner: tom.owner, Task: v.ID}))(t); found != (task.Peeked{}) {
		t.Errorf("found %+v", found)
	}
	if found := must(tom.Peek(tom.ctx, task.Peek{Owner: tom.owner, Task: ulid.Make()}))(t); found != (task.Peeked{}) {
		t.Errorf("found %+v", found)
	}
}
