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

// serviceFixture is a user of a service under test.
type serviceFixture struct {
	task.Service
	clock *clock
	owner ulid.ULID
	ctx   context.Context //nolint:containedctx // whose calls these are is in the context
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	at  time.Time
	ids *idGenerator
}

func newClock() *clock {
	return &clock{at: time.Now().UTC().Truncate(time.Microsecond), ids: newIDGenerator()}
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

// newID returns an id of now.
func (c *clock) newID() ulid.ULID {
	return c.ids.at(c.now())
}

// newServiceFixture returns the only user of a new service.
func newServiceFixture(t *testing.T, subject NewSubject, o task.Options) *serviceFixture {
	t.Helper()
	c := newClock()
	o.Now = c.now
	return serviceFixtureOf(t, subject(t, o), c)
}

func serviceFixtureOf(t *testing.T, s Subject, c *clock) *serviceFixture {
	t.Helper()
	p := &serviceFixture{Service: s.Service, clock: c, owner: c.newID(), ctx: t.Context()}
	if s.As != nil {
		p.ctx = s.As(t.Context(), p.owner)
	}
	return p
}

func (p *serviceFixture) ref(id ulid.ULID) task.Ref { return task.Ref{Owner: p.owner, ID: id} }

func (p *serviceFixture) getTask(id ulid.ULID) task.GetTask { return task.GetTask{Ref: p.ref(id)} }

func (p *serviceFixture) getList(id ulid.ULID) task.GetList { return task.GetList{Ref: p.ref(id)} }

// update asks for a change of a task.
func (p *serviceFixture) update(id ulid.ULID, f task.TaskFields) task.UpdateTask {
	return task.UpdateTask{Ref: p.ref(id), Mutation: p.mutation(), TaskFields: f}
}

// updateList asks for a change of a list.
func (p *serviceFixture) updateList(id ulid.ULID, f task.ListFields) task.UpdateList {
	return task.UpdateList{Ref: p.ref(id), Mutation: p.mutation(), ListFields: f}
}

func (p *serviceFixture) mutation() mutation.Mutation { return mutation.Mutation{ID: p.clock.newID()} }

// fresh returns the least that a new task needs.
func (p *serviceFixture) fresh(title string) task.CreateTask {
	return task.CreateTask{Owner: p.owner, ID: p.clock.newID(), TaskFields: task.TaskFields{Title: optional.Of(title)}}
}

// freshList returns the least that a new list needs.
func (p *serviceFixture) freshList(title string) task.CreateList {
	return task.CreateList{Owner: p.owner, ID: p.clock.newID(), ListFields: task.ListFields{Title: optional.Of(title)}}
}

// add creates a task.
func (p *serviceFixture) add(t *testing.T, title string) task.Task {
	t.Helper()
	return must(p.CreateTask(p.ctx, p.fresh(title)))(t)
}

// addList creates a list.
func (p *serviceFixture) addList(t *testing.T, title string) task.List {
	t.Helper()
	return must(p.CreateList(p.ctx, p.freshList(title)))(t)
}

func (p *serviceFixture) get(t *testing.T, id ulid.ULID) task.Task {
	t.Helper()
	return must(p.GetTask(p.ctx, p.getTask(id)))(t).Value
}

// retitle asks for another title of a task.
func (p *serviceFixture) retitle(id ulid.ULID, title string) task.UpdateTask {
	return p.update(id, task.TaskFields{Title: optional.Of(title)})
}

func (p *serviceFixture) trash(t *testing.T, id ulid.ULID) {
	t.Helper()
	must(p.DeleteTask(p.ctx, task.DeleteTask{Ref: p.ref(id), Mutation: p.mutation()}))(t)
}

// titles returns the titles of the tasks that a query finds, by pages of size.
func (p *serviceFixture) titles(t *testing.T, q task.ListTasks, size int) []string {
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
func (p *serviceFixture) written(t *testing.T, updateTime time.Time) time.Time {
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
