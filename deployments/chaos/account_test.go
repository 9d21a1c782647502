package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// account is a user of the system, with a record of what it has
// acknowledged.
type account struct {
	name, token string
	reader      bool               // and nothing else
	self        *trackedRegister   // the account
	registers   []*trackedRegister // tasks that are changed again and again
	contended   *trackedRegister   // a task that is changed only if it has a version

	mu         sync.Mutex
	refresh    string              // "" while it is being spent
	tasks      map[string]*record  // by title
	live       []string            // titles of tasks that were acknowledged and not deleted
	registered map[string]response // by the name that was asked for
}

// record is what is known of one task.
type record struct {
	id               string // "": nobody knows whether it was made
	refused, deleted bool
	maybeDeleted     bool
}

// tracked is a row whose history is kept.
type trackedRegister struct {
	*register
	service, path string
	field         string // that is changed
}

// decode reads the row out of an answer.
func (r *trackedRegister) decode(a response) (registerState, error) {
	if a.verdict > stale {
		return registerState{}, a.err
	}
	var fields map[string]any
	if err := json.Unmarshal(a.body, &fields); err != nil {
		return registerState{}, err
	}
	version, _ := fields["version"].(float64)
	value, _ := fields[r.field].(string)
	return registerState{int64(version), value}, nil
}

// runID makes the names of one run differ from those of another.
var (
	runID  = strconv.FormatUint(rand.Uint64()>>24, 36)
	serial atomic.Int64
)

// unique returns a text that was never used before.
func unique() string { return fmt.Sprintf("x%s.%d", runID, serial.Add(1)) }

const password = "correct horse battery staple"

func credentials(name string) map[string]any {
	return map[string]any{"user_name": name, "password": password}
}

func (p *account) credentials() map[string]any { return credentials(p.name) }

// signUp registers somebody, and signs them in.
func (c *client) signUp(t *testing.T, name string) grantBody {
	t.Helper()
	c.must(t, request{method: "POST", path: usersPath, body: credentials(name), want: created})
	grant, err := decode[grantBody](c.must(t, request{method: "POST", path: sessionsPath, body: credentials(name), want: created}))
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// newPerson registers somebody, signs them in, and makes the tasks whose
// histories are kept.
func newPerson(t *testing.T, c *client, n int) *account {
	t.Helper()
	p := &account{name: unique(), reader: n >= userCount-readers, tasks: map[string]*record{}, registered: map[string]response{}}
	grant := c.signUp(t, p.name)
	p.token, p.refresh = grant.AccessToken, grant.RefreshToken
	p.self = &trackedRegister{&register{name: "user " + p.name}, userService, usersPath + "/me", "nick_name"}
	for range registers {
		p.registers = append(p.registers, newTracked(t, c, p))
	}
	if n == 0 {
		p.contended = newTracked(t, c, p)
	}
	for _, r := range p.tracked() {
		call := now()
		state, err := r.decode(c.must(t, request{method: "GET", path: r.path, token: p.token, want: ok}))
		if err != nil {
			t.Fatal(err)
		}
		r.note(call, registerInput{}, registerOutput{registerState: state})
	}
	return p
}

func newTracked(t *testing.T, c *client, p *account) *trackedRegister {
	t.Helper()
	title := unique()
	task, err := decode[taskBody](c.must(t, request{method: "POST", path: tasksPath, token: p.token, body: map[string]any{"title": title}, want: created}))
	if err != nil {
		t.Fatal(err)
	}
	p.tasks[title] = &record{id: task.ID}
	return &trackedRegister{&register{name: "task " + task.ID}, taskService, tasksPath + "/" + task.ID, "content"}
}

// tracked are all rows whose histories are kept.
func (p *account) tracked() []*trackedRegister {
	all := append([]*trackedRegister{p.self}, p.registers...)
	if p.contended != nil {
		all = append(all, p.contended)
	}
	return all
}

func (p *account) anyRegister() *trackedRegister { return p.registers[rand.N(len(p.registers))] }

// anyTask returns the id of a task that must be there, or "".
func (p *account) anyTask() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.live) == 0 {
		return ""
	}
	return p.tasks[p.live[rand.N(len(p.live))]].id
}

// takeTask returns a task that nobody else will touch from now on.
func (p *account) takeTask() (title, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.live) < 2 {
		return "", ""
	}
	title, p.live = p.live[0], p.live[1:]
	return title, p.tasks[title].id
}

func (p *account) noteCreated(title, id string, a response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks[title] = &record{id: id, refused: a.verdict != right && !a.unknown()}
	if id != "" {
		p.live = append(p.live, title)
	}
}

func (p *account) noteDeleted(title string, a response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks[title].deleted = a.verdict == right
	p.tasks[title].maybeDeleted = a.unknown()
}

func (p *account) noteRegistered(name string, a response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.registered[name] = a
}

// takeRefreshToken returns the refresh token, which is nobody else's until it is
// given back: the next one, or "" where that was lost with the answer.
func (p *account) takeRefreshToken() (token string, giveBack func(string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	token, p.refresh = p.refresh, ""
	return token, func(next string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.refresh = next
	}
}

// list reads all tasks of the user, or all in the trash.
func (p *account) list(ctx context.Context, c *client, trash bool) ([]taskBody, error) {
	var all []taskBody
	for next := ""; ; {
		path := fmt.Sprintf("%s?page_size=200&trash=%t&page_token=%s", tasksPath, trash, next)
		page, err := decode[pageBody](c.do(ctx, request{method: "GET", path: path, token: p.token, want: ok}))
		if err != nil {
			return nil, err
		}
		all = append(all, page.Tasks...)
		if next = page.Next; next == "" {
			return all, nil
		}
	}
}
