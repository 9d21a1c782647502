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

func (p *person) mutation() mutation.Mutation { return mutation.Mutation{ID: p.clock.mint()} }

// fresh returns the least that a new task needs.
func (p *person) fresh(title string) task.CreateTask {
	return task.CreateTask{Task: task.Task{Owner: p.owner, ID: p.clock.mint(), Title: title}}
}

// add creates a task.
func (p *person) add(t *testing.T, title string) task.Task {
	t.Helper()
	return must(p.CreateTask(p.ctx, p.fresh(title)))(t)
}

// addList creates a list.
func (p *person) addList(t *testing.T, title string) task.List {
	t.Helper()
	return must(p.CreateList(p.ctx, task.CreateList{Owner: p.owner, ID: p.clock.mint(), Title: title}))(t)
}

func (p *person) get(t *testing.T, id ulid.ULID) task.Task {
	t.Helper()
	return must(p.GetTask(p.ctx, p.ref(id)))(t)
}

// retitle asks for another title of a task.
func (p *person) retitle(id ulid.ULID, title string) task.UpdateTask {
	return task.UpdateTask{Ref: p.ref(id), Mutation: p.mutation(), Title: optional.Of(title)}
}

func (p *person) trash(t *testing.T, id ulid.ULID) {
	t.Helper()
	must(p.DeleteTask(p.ctx, task.DeleteTask{Ref: p.ref(id), Mutation: p.mutation()}))(t)
}

// titles returns the titles of the tasks that a query finds, by pages of size.
func (p *person) titles(t *testing.T, q task.Query, size int) []string {
	t.Helper()
	var titles []string
	q.Owner, q.PageSize = p.owner, size
	for {
		page := must(p.ListTasks(p.ctx, q))(t)
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
