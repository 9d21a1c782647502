package tasktest

import (
	"fmt"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

// changes are writes of what is there, by name: each makes the next version of a
// task or of a list, with a mutation.
func (p *serviceFixture) changes(v task.Task, l task.List) map[string]func(mutation.Mutation) error {
	return map[string]func(mutation.Mutation) error{
		"UpdateTask": func(m mutation.Mutation) error {
			u := p.retitle(v.ID, "changed")
			u.Mutation = m
			_, err := p.UpdateTask(p.ctx, u)
			return err
		},
		"UpdateList": func(m mutation.Mutation) error {
			u := p.updateList(l.ID, task.ListFields{Title: optional.Of("changed")})
			u.Mutation = m
			_, err := p.UpdateList(p.ctx, u)
			return err
		},
	}
}

// testWritesAfterClockPutBack writes while a clock is ahead, often or seldom, and
// then after it was put right: of everybody, or of the gateway that makes the ids
// only. Neither is in doubt.
func testWritesAfterClockPutBack(t *testing.T, p *serviceFixture) {
	p.clock.advance(2 * time.Hour)
	for _, before := range []int{0, 1, mutation.Remembered - 1, mutation.Remembered, 3 * mutation.Remembered} {
		for _, everybody := range []bool{true, false} {
			p.clock.advance(time.Hour)
			for name, change := range p.changes(p.add(t, "a task"), p.addList(t, "a list")) {
				for range before {
					succeed(t, change(p.mutation()))
				}
				if everybody {
					p.clock.advance(-time.Hour)
				}
				id := p.clock.newID()
				if !everybody {
					id = p.clock.ids.at(p.clock.now().Add(-time.Hour))
				}
				for n := range 3 {
					if err := change(mutation.Mutation{ID: id}); err != nil {
						t.Errorf("%s, the clock of everybody put back: %v, %d changes before, change %d: %v", name, everybody, before, n, err)
					}
					id = p.clock.ids.at(id.Timestamp().Add(time.Millisecond))
				}
				if everybody {
					p.lostRepeat(t, fmt.Sprint(name, " after ", before), change, id)
					p.clock.advance(time.Hour)
				}
			}
		}
	}
}

// lostRepeat repeats a change whose first attempt did not arrive, and then as one
// that was made beneath another.
func (p *serviceFixture) lostRepeat(t *testing.T, name string, change func(mutation.Mutation) error, id ulid.ULID) {
	t.Helper()
	repeat := mutation.Mutation{ID: id, Repeat: true}
	if err := change(repeat); err != nil {
		t.Errorf("%s, repeated: %v", name, err)
	}
	succeed(t, change(mutation.Mutation{ID: p.clock.ids.at(id.Timestamp())}))
	fail(t, change(repeat), errs.ErrOutcomeUnknown)
}
