package chaos_test

import (
	"net/http"
	"testing"
)

// audit reads everything back, from a system that is well again, and compares
// it with what was acknowledged: nothing may be lost, and nothing doubled.
func (l *load) audit(t *testing.T) {
	t.Helper()
	l.stop()
	checked := 0
	for _, p := range l.people {
		checked += p.auditTasks(t, l.client)
		p.auditRegisters(t, l.client)
		checked += p.auditRegistrations(t, l.client)
	}
	t.Logf("%d tasks and accounts are as they were acknowledged, and %d histories are linearizable", checked, len(l.people)*(1+registers)+1)
}

func (p *account) auditTasks(t *testing.T, c *client) int {
	t.Helper()
	found, trashed := map[string]int{}, map[string]bool{}
	for _, trash := range []bool{false, true} {
		tasks, err := p.list(t.Context(), c, trash)
		if err != nil {
			t.Fatalf("reading back: %v", err)
		}
		for _, one := range tasks {
			found[one.Title]++
			trashed[one.Title] = trash
			if r := p.tasks[one.Title]; r == nil || r.refused || r.id != "" && r.id != one.ID {
				t.Errorf("a task that nobody was told of: %+v (%+v)", one, r)
			}
		}
	}
	for title, r := range p.tasks {
		switch n := found[title]; {
		case n > 1:
			t.Errorf("task %s is there %d times", title, n)
		case n == 0 && r.id != "":
			t.Errorf("task %s was acknowledged, and is lost", r.id)
		case r.deleted && !trashed[title], trashed[title] && !r.deleted && !r.maybeDeleted:
			t.Errorf("task %s: deletion acknowledged: %t, unknown: %t, in the trash: %t", r.id, r.deleted, r.maybeDeleted, trashed[title])
		}
	}
	return len(p.tasks)
}

func (p *account) auditRegisters(t *testing.T, c *client) {
	t.Helper()
	for _, r := range p.tracked() {
		call := now()
		state, err := r.decode(c.do(t.Context(), request{method: http.MethodGet, path: r.path, token: p.token, want: ok}))
		if err != nil {
			t.Fatalf("reading back: %v", err)
		}
		r.note(call, registerInput{}, registerOutput{registerState: state})
		if err := r.check(); err != nil {
			t.Error(err)
		}
	}
}

// auditRegistrations signs in where an account was acknowledged.
func (p *account) auditRegistrations(t *testing.T, c *client) int {
	t.Helper()
	for name, a := range p.registered {
		if a.verdict != right {
			continue
		}
		if in := c.do(t.Context(), request{method: http.MethodPost, path: sessionsPath, body: credentials(name), want: created}); in.verdict != right {
			t.Errorf("account %s was acknowledged, and cannot sign in: %v", name, in.err)
		}
	}
	return len(p.registered)
}
