package tasktest

import (
	"math"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

func testInbox(t *testing.T, p *serviceFixture) {
	want := task.List{
		Owner: p.owner, ID: p.owner, Title: "Inbox", Position: float64(p.owner.Time()), CreateTime: p.owner.Timestamp().UTC(),
		Version: 1, Mutation: p.owner,
	}
	same(t, must(p.ListTasks(p.ctx, task.ListTasks{Owner: p.owner}))(t), task.Read[task.TaskPage]{})
	got := must(p.GetList(p.ctx, p.getList(p.owner)))(t).Value
	want.UpdateTime = p.written(t, got.UpdateTime)
	same(t, got, want)
	same(t, must(p.ListLists(p.ctx, task.ListLists{Owner: p.owner}))(t).Value, task.ListPage{Lists: []task.List{want}})
	for _, repeat := range []bool{false, true} {
		d := task.DeleteList{Ref: p.ref(p.owner), Mutation: p.mutation()}
		d.Mutation.Repeat = repeat
		refused(p.DeleteList(p.ctx, d))(t, task.ErrInboxStays)
	}
	u := p.updateList(p.owner, task.ListFields{Title: optional.Of("收件箱")})
	want.Title, want.Version, want.Mutation = "收件箱", 2, u.Mutation.ID
	p.clock.advance(time.Second)
	got = must(p.UpdateList(p.ctx, u))(t)
	want.UpdateTime = p.written(t, got.UpdateTime)
	same(t, got, want)
}

func testCreateAndUpdateList(t *testing.T, p *serviceFixture) {
	r := p.freshList("list")
	l := must(p.CreateList(p.ctx, r))(t)
	want := task.List{
		Owner: p.owner, ID: r.ID, Title: "list", Position: float64(r.ID.Time()), CreateTime: r.ID.Timestamp().UTC(),
		UpdateTime: p.written(t, l.UpdateTime), Version: 1, Mutation: r.ID,
	}
	same(t, l, want)
	same(t, must(p.GetList(p.ctx, p.getList(l.ID)))(t).Value, want)
	same(t, must(p.CreateList(p.ctx, r))(t), want)

	key := task.Idempotency{Key: "key"}
	keyed := p.freshList("keyed")
	keyed.Position, keyed.Idempotency = optional.Of(-1.5), key
	first := must(p.CreateList(p.ctx, keyed))(t)
	keyed.ID = p.clock.newID()
	same(t, must(p.CreateList(p.ctx, keyed))(t), first)
	keyed.Idempotency.Fingerprint[0]++
	refused(p.CreateList(p.ctx, keyed))(t, task.ErrKeyReused)

	u := p.updateList(l.ID, task.ListFields{Position: optional.Of(0.5)})
	u.IfVersion = 1
	moved := must(p.UpdateList(p.ctx, u))(t)
	if moved.Position != 0.5 || moved.Title != "list" || moved.Version != 2 || moved.Mutation != u.Mutation.ID {
		t.Fatalf("moved it is %+v", moved)
	}
	u.Mutation.Repeat = true
	same(t, must(p.UpdateList(p.ctx, u))(t), moved)
	u.Mutation = p.mutation()
	refused(p.UpdateList(p.ctx, u))(t, errs.ErrStaleVersion)
	u.Mutation.Repeat = true
	refused(p.UpdateList(p.ctx, u))(t, errs.ErrStaleVersion) // the one change since was not this one
	u.IfVersion = 0                                          // nor was any other: it is made now
	if got := must(p.UpdateList(p.ctx, u))(t); got.Version != 3 || got.Mutation != u.Mutation.ID {
		t.Fatalf("repeated it is %+v", got)
	}
	must(p.UpdateList(p.ctx, p.updateList(l.ID, task.ListFields{Title: optional.Of("theirs")})))(t)
	refused(p.UpdateList(p.ctx, u))(t, errs.ErrOutcomeUnknown) // made, beneath another
}

func testListBadField(t *testing.T, p *serviceFixture) {
	r := task.CreateList{Owner: p.owner, ID: p.clock.newID()}
	field(p.CreateList(p.ctx, r))(t, "title", errs.FieldRequired)
	r.Title, r.Position = optional.Of("fine"), optional.Of(math.Inf(1))
	field(p.CreateList(p.ctx, r))(t, "position", errs.FieldFormat)
	r.Position = optional.Value[float64]{}
	r.Title = optional.Of("\xff")
	field(p.CreateList(p.ctx, r))(t, "title", errs.FieldBadText)
	r.Title, r.ID = optional.Of("fine"), p.oldID(25*time.Hour)
	field(p.CreateList(p.ctx, r))(t, "id", errs.FieldFormat)
	u := p.updateList(p.owner, task.ListFields{Title: optional.Of(" ")})
	field(p.UpdateList(p.ctx, u))(t, "title", errs.FieldRequired)
	field(p.ListLists(p.ctx, task.ListLists{Owner: p.owner, PageSize: task.MaxListPage + 1}))(t, "page_size", errs.FieldRange)
	field(p.ListLists(p.ctx, task.ListLists{Owner: p.owner, PageSize: -1}))(t, "page_size", errs.FieldRange)
	field(p.ListLists(p.ctx, task.ListLists{Owner: p.owner, PageToken: "what"}))(t, "page_token", errs.FieldFormat)
}

func testDeleteList(t *testing.T, p *serviceFixture) {
	list := p.addList(t, "ends")
	in := func(title string) task.Task {
		r := p.fresh(title)
		r.ListID = optional.Of(list.ID)
		return must(p.CreateTask(p.ctx, r))(t)
	}
	var moved []task.Task
	for _, title := range []string{"1", "2", "3", "4", "5"} {
		moved = append(moved, in(title))
	}
	before := in("in the trash before")
	p.trash(t, before.ID)
	before = p.get(t, before.ID)
	stays := p.add(t, "stays")
	p.clock.advance(time.Minute)

	d := task.DeleteList{Ref: p.ref(list.ID), Mutation: p.mutation(), IfVersion: list.Version}
	must(p.DeleteList(p.ctx, d))(t)
	refused(p.GetList(p.ctx, p.getList(list.ID)))(t, task.ErrListNotFound)
	same(t, p.get(t, stays.ID), stays)
	same(t, p.titles(t, task.ListTasks{}, 2), []string{"stays"})
	for _, v := range moved {
		got := p.get(t, v.ID)
		if got.ListID != p.owner || got.DeleteTime == nil || !got.DeleteTime.Equal(p.clock.now()) || got.Version != 2 {
			t.Errorf("it went to the trash as %+v", got)
		}
	}
	if got := p.get(t, before.ID); !got.DeleteTime.Equal(*before.DeleteTime) || got.Version == before.Version {
		t.Errorf("what was in the trash is now %+v", got)
	}
	back := must(p.RestoreTask(p.ctx, task.RestoreTask{Ref: p.ref(moved[0].ID), Mutation: p.mutation()}))(t)
	if back.ListID != p.owner || back.DeleteTime != nil {
		t.Errorf("restored it is %+v", back)
	}
}

func testDeleteListRetries(t *testing.T, p *serviceFixture) {
	list := p.addList(t, "ends")
	d := task.DeleteList{Ref: p.ref(list.ID), Mutation: p.mutation(), IfVersion: 2}
	refused(p.DeleteList(p.ctx, d))(t, errs.ErrStaleVersion)
	d.Mutation.Repeat = true
	refused(p.DeleteList(p.ctx, d))(t, errs.ErrStaleVersion) // it is there: nothing was done
	d.IfVersion = 1
	must(p.DeleteList(p.ctx, d))(t)
	must(p.DeleteList(p.ctx, d))(t)
	d.Mutation.Repeat = false
	refused(p.DeleteList(p.ctx, d))(t, task.ErrListNotFound)
}

func testListListsPages(t *testing.T, p *serviceFixture) {
	for i, title := range []string{"c", "a", "b"} {
		r := p.freshList(title)
		r.Position = optional.Of([]float64{3, 1, 1}[i])
		must(p.CreateList(p.ctx, r))(t)
	}
	want := []string{"Inbox", "a", "b", "c", "last"}
	p.addList(t, "last")
	for size := range len(want) + 1 {
		var got []string
		q := task.ListLists{Owner: p.owner, PageSize: size}
		for {
			page := must(p.ListLists(p.ctx, q))(t).Value
			for _, l := range page.Lists {
				got = append(got, l.Title)
			}
			if q.PageToken = page.Next; q.PageToken == "" || len(got) > plenty {
				break
			}
		}
		same(t, got, want)
	}
	// The token of a page of lists is none of a page of tasks.
	token := must(p.ListLists(p.ctx, task.ListLists{Owner: p.owner, PageSize: 1}))(t).Value.Next
	field(p.ListTasks(p.ctx, task.ListTasks{Owner: p.owner, PageToken: token}))(t, "page_token", errs.FieldFormat)
}
