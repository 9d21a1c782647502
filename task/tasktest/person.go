package tasktest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

// Subject is a service under test.
type Subject struct {
	Service task.Service
	// As returns a context in which the service takes the caller for an owner.
	// nil: the owner in the request is enough.
	As func(ctx context.Context, owner ulid.ULID) context.Context
}

// NewSubject returns a service with nothing in it.
type NewSubject func(*testing.T, task.Options) Subject

// person is a user of a service under test.
type person struct {
	task.Service
	clock *clock
	owner ulid.ULID
	ctx   context.Context //nolint:containedctx // whose calls these are is in the context
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	at  time.Time
	ids *mint
}

func newClock() *clock {
	return &clock{at: time.Now().UTC().Truncate(time.Microsecond), ids: newMint()}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// mint returns an id of now.
func (c *clock) mint() ulid.ULID {
	return c.ids.at(c.now())
}

// newPerson returns the only user of a new service.
func newPerson(t *testing.T, subject NewSubject, o task.Options) *person {
	t.Helper()
	c := newClock()
	o.Now = c.now
	return personOf(t, subject(t, o), c)
}

func personOf(t *testing.T, s Subject, c *clock) *person {
	t.Helper()
	p := &person{Service: s.Service, clock: c, owner: c.mint(), ctx: t.Context()}
	if s.As != nil {
		p.ctx = s.As(t.Context(), p.owner)
	}
	return p
}

func (p *person) ref(id ulid.ULID) task.Ref { return task.Ref{Owner: p.owner, ID: id} }

func (p *person) getTask(id ulid.ULID) task.GetTask { return task.GetTask{Ref: p.ref(id)} }

func (p *person) getList(id ulid.ULID) task.GetList { return task.GetList{Ref: p.ref(id)} }

// update asks for a change of a task.
func (p *person) update(id ulid.ULID, f task.TaskFields) task.UpdateTask {
	return task.UpdateTask{Ref: p.ref(id), Mutation: p.mutation(), TaskFields: f}
}

// updateList asks for a change of a list.
func (p *person) updateList(id ulid.ULID, f task.ListFields) task.UpdateList {
	return task.UpdateList{Ref: p.ref(id), Mutation: p.mutation(), ListFields: f}
}

func (p *person) mutation() mutation.Mutation { return mutation.Mutation{ID: p.clock.mint()} }

// fresh returns the least that a new task needs.
func (p *person) fresh(title string) task.CreateTask {
	return task.CreateTask{Owner: p.owner, ID: p.clock.mint(), TaskFields: task.TaskFields{Title: optional.Of(title)}}
}

// freshList returns the least that a new list needs.
func (p *person) freshList(title string) task.CreateList {
	return task.CreateList{Owner: p.owner, ID: p.clock.mint(), ListFields: task.ListFields{Title: optional.Of(title)}}
}

// add creates a task.
func (p *person) add(t *testing.T, title string) task.Task {
	t.Helper()
	return must(p.CreateTask(p.ctx, p.fresh(title)))(t)
}

// addList creates a list.
func (p *person) addList(t *testing.T, title string) task.List {
	t.Helper()
	return must(p.CreateList(p.ctx, p.freshList(title)))(t)
}

func (p *person) get(t *testing.T, id ulid.ULID) task.Task {
	t.Helper()
	return must(p.GetTask(p.ctx, p.getTask(id)))(t).Value
}

// retitle asks for another title of a task.
func (p *person) retitle(id ulid.ULID, title string) task.UpdateTask {
	return p.update(id, task.TaskFields{Title: optional.Of(title)})
}

func (p *person) trash(t *testing.T, id ulid.ULID) {
	t.Helper()
	must(p.DeleteTask(p.ctx, task.DeleteTask{Ref: p.ref(id), Mutation: p.mutation()}))(t)
}

// titles returns the titles of the tasks that a query finds, by pages of size.
func (p *person) titles(t *testing.T, q task.ListTasks, size int) []string {
	t.Helper()
	var titles []string
	q.Owner, q.PageSize = p.owner, size
	for {
		page := must(p.ListTasks(p.ctx, q))(t).Value
		for _, v := range page.Tasks {
			titles = append(titles, v.Title)
		}
		if q.PageToken = page.Next; q.PageToken == "" {
			return titles
		}
		if len(titles) > plenty {
			t.Fatalf("the pages of %+v have no end", q)
		}
	}
}

// written returns the time of a write that was made now: the next moment of the
// owner's clock, which runs ahead of one that stands still.
func (p *person) written(t *testing.T, updateTime time.Time) time.Time {
	t.Helper()
	if ahead := updateTime.Sub(p.clock.now()); ahead < 0 || ahead > plenty*time.Microsecond {
		t.Fatalf("written at %v, and it is %v", updateTime, p.clock.now())
	}
	return updateTime
}

// field demands that a call was refused for one field of its input.
func field[T any](_ T, err error) func(t testing.TB, name, code string) {
	return func(t testing.TB, name, code string) {
		t.Helper()
		refused(0, err)(t, errs.ErrInvalid)
		fields := errs.From(err).Fields
		if len(fields) != 1 || fields[0].Name != name || fields[0].Code != code || fields[0].Message == "" {
			t.Fatalf("refused are %+v, want %s: %s", fields, name, code)
		}
	}
}
