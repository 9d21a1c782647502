package tasktest

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/task"
)

// testReadsOfOneMoment reads while another writes. What is read must be what had
// been written up to the revision that comes with it, and nothing more.
func testReadsOfOneMoment(t *testing.T, fx *storeFixture) {
	v, l := fx.add(t, fx.task("replaced again and again")), fx.addList(t, "list", 1)
	var tasks, lists writeLog
	tasks.add(v.ID, v.UpdateTime)
	lists.add(fx.owner, fx.now)
	lists.add(l.ID, l.UpdateTime)

	r := reader{storeFixture: fx, store: fx.at(1), task: v.ID, list: l.ID, done: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() { r.run(t) })
	for round := range 5 * rounds {
		v = fx.replace(t, next(v, func(v *task.Task) { // which goes from one part of the order by due to the other
			if v.Due = nil; round%2 == 0 {
				v.Due = &task.When{Instant: fx.now}
			}
		}))
		tasks.add(v.ID, v.UpdateTime)
		l = fx.replaceList(t, nextList(l, func(*task.List) {}))
		lists.add(l.ID, l.UpdateTime)
		another := fx.add(t, fx.task("another"))
		tasks.add(another.ID, another.UpdateTime)
	}
	close(r.done)
	reading.Wait()
	for _, o := range r.found {
		log := tasks
		if o.lists {
			log = lists
		}
		if want := log.upTo(o.revision, o.only); !maps.Equal(o.rows, want) {
			t.Fatalf("%s at %d: %d rows are not those of the %d that had been written: %v, want %v",
				o.what, o.revision, len(o.rows), len(want), o.rows, want)
		}
	}
}

// updateTimes are rows by id.
type updateTimes map[ulid.ULID]task.Revision

// writeLog has what was written, in order.
type writeLog []struct {
	id ulid.ULID
	at task.Revision
}

func (w *writeLog) add(id ulid.ULID, at time.Time) {
	*w = append(*w, struct {
		id ulid.ULID
		at task.Revision
	}{id, task.Revision(at.UnixMicro())})
}

// upTo returns the rows as they were at a revision: one, or all if its id is zero.
func (w writeLog) upTo(r task.Revision, only ulid.ULID) updateTimes {
	rows := updateTimes{}
	for _, e := range w {
		if e.at <= r && (only.IsZero() || e.id == only) {
			rows[e.id] = e.at
		}
	}
	return rows
}

// reader reads in all ways.
type reader struct {
	*storeFixture
	store      task.Store
	task, list ulid.ULID
	done       chan struct{}
	found      []observation
}

// observation is what was read.
type observation struct {
	what     string
	revision task.Revision
	rows     updateTimes
	only     ulid.ULID // the one row that was asked for
	lists    bool
}

func (r *reader) run(t *testing.T) {
	for {
		select {
		case <-r.done:
			return
		default:
		}
		if err := r.readAll(t.Context()); err != nil {
			t.Error(err)
			return
		}
	}
}

func (r *reader) readAll(ctx context.Context) error {
	one, err := r.store.Task(ctx, r.getTask(r.task))
	if err != nil {
		return err
	}
	r.note(observation{what: "Task", revision: one.Revision, only: r.task}, one.Value)
	list, err := r.store.List(ctx, r.getList(r.list))
	if err != nil {
		return err
	}
	r.noteLists(observation{what: "List", revision: list.Revision, only: r.list}, list.Value)
	lists, err := r.store.Lists(ctx, task.ListQuery{Owner: r.owner, Limit: 10})
	if err != nil {
		return err
	}
	r.noteLists(observation{what: "Lists", revision: lists.Revision}, lists.Value.Lists...)
	for _, q := range []task.TaskQuery{ // stores may have a form of statement for each of them
		{Order: task.Order{By: task.ByCreateTime}},
		{Order: task.Order{By: task.ByDue}},
		{Order: task.Order{By: task.ByCreateTime}, Filter: task.Filter{Text: "a"}},
	} {
		q.Owner, q.Limit, q.Bytes = r.owner, plenty, plenty*plenty
		tasks, err := r.store.Tasks(ctx, q)
		if err != nil {
			return err
		}
		if tasks.Revision != 0 { // else it is of several moments
			r.note(observation{what: "Tasks by " + string(q.Order.By), revision: tasks.Revision}, tasks.Value.Tasks...)
		}
	}
	return nil
}

func (r *reader) note(o observation, tasks ...task.Task) {
	o.rows = updateTimes{}
	for _, v := range tasks {
		o.rows[v.ID] = task.Revision(v.UpdateTime.UnixMicro())
	}
	r.found = append(r.found, o)
}

func (r *reader) noteLists(o observation, lists ...task.List) {
	o.rows, o.lists = updateTimes{}, true
	for _, l := range lists {
		o.rows[l.ID] = task.Revision(l.UpdateTime.UnixMicro())
	}
	r.found = append(r.found, o)
}
