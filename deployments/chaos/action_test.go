package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// action is one request, or a few, of one account.
type action struct {
	*load
	ctx     context.Context //nolint:containedctx // an action lives as long as its requests
	account *account
}

// userCount is how many users there are, of whom some only read: what they have
// read last is not outdated by what they write.
const (
	userCount = 12
	readers   = 2
	registers = 4 // tasks of each, that are changed again and again
)

// actions are what users do, out of a hundred. An action is one request but
// for a race, which is one and then racers, and a sign-in, which is two.
var actions = []struct {
	weight int
	do     func(action)
}{
	{25, action.readTask},
	{10, action.listTasks},
	{15, action.createTask},
	{15, action.changeTask},
	{4, action.deleteTask},
	{3, action.race},
	{18, action.readUser},
	{3, action.changeUser},
	{4, action.listSessions},
	{1, action.signIn},
	{1, action.refresh},
	{1, action.register},
}

const (
	concurrentWriters = 3
	requestsPerTurn   = 1.09
)

// weightedOrder is the order of a hundred actions.
var weightedOrder = sync.OnceValue(func() []func(action) {
	var all []func(action)
	for _, t := range actions {
		for range t.weight {
			all = append(all, t.do)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
})

func (t action) run(n int) {
	if t.account.reader {
		reads := []func(action){action.readTask, action.listTasks, action.readUser, action.listSessions}
		reads[n/userCount%len(reads)](t)
		return
	}
	all := weightedOrder()
	// The users must not come to the same actions again and again.
	all[(n+n/len(all))%len(all)](t)
}

// send makes a request of the load.
func (t action) send(r request) response {
	begin := time.Now()
	a := t.client.do(t.ctx, r)
	t.note(sample{service: r.service, what: r.method + " " + r.path, begin: begin, end: time.Now(), response: a})
	return a
}

func (t action) readTask() {
	if rand.N(3) == 0 {
		t.readRegister(t.account.anyRegister())
		return
	}
	path := tasksPath
	if id := t.account.anyTask(); id != "" {
		path += "/" + id
	}
	t.send(request{service: taskService, method: http.MethodGet, path: path, token: t.account.token, want: ok})
}

func (t action) listTasks() {
	t.send(request{service: taskService, method: http.MethodGet, path: tasksPath + "?page_size=20", token: t.account.token, want: ok})
}

func (t action) createTask() {
	title := unique()
	a := t.send(request{service: taskService, method: http.MethodPost, path: tasksPath, token: t.account.token, body: map[string]any{"title": title}, want: created})
	body, _ := decode[taskBody](a)
	t.account.noteCreated(title, body.ID, a)
}

func (t action) deleteTask() {
	title, id := t.account.takeTask()
	if id == "" {
		return
	}
	a := t.send(request{service: taskService, method: http.MethodDelete, path: tasksPath + "/" + id, token: t.account.token, want: gone})
	t.account.noteDeleted(title, a)
}

func (t action) changeTask() { t.writeRegister(t.account.anyRegister(), 0) }

func (t action) changeUser() { t.writeRegister(t.account.self, 0) }

func (t action) readUser() { t.readRegister(t.account.self) }

// race lets a few change a task of the first user if it has the version that
// they have all seen: one of them must win.
func (t action) race() {
	t.account = t.people[0]
	version := t.readRegister(t.account.contended)
	if version == 0 {
		return
	}
	var all sync.WaitGroup
	for range concurrentWriters {
		all.Go(func() { t.writeRegister(t.account.contended, version) })
	}
	all.Wait()
}

// readRegister returns the version that it has read, or 0.
func (t action) readRegister(r *trackedRegister) int64 {
	before, call := r.lastWrite(), now()
	a := t.send(request{service: r.service, method: http.MethodGet, path: r.path, token: t.account.token, want: ok})
	state, err := r.decode(a)
	switch {
	case a.verdict == stale && state.version < before:
		t.note(sample{service: r.service, what: "stale " + r.name, begin: time.Now(), end: time.Now(), response: response{
			verdict: wrong, err: fmt.Errorf("version %d, older than the acknowledged write of %d", state.version, before),
		}})
	case a.verdict == right && err == nil:
		r.note(call, registerInput{}, registerOutput{registerState: state})
		return state.version
	}
	return 0
}

func (t action) writeRegister(r *trackedRegister, ifVersion int64) {
	if !r.writable() {
		t.readRegister(r)
		return
	}
	value, call := unique(), now()
	want := ok
	if ifVersion > 0 {
		want = []int{http.StatusOK, http.StatusPreconditionFailed}
	}
	a := t.send(request{
		service: r.service, method: http.MethodPatch, path: r.path, token: t.account.token,
		body: map[string]any{r.field: value}, ifMatch: ifVersion, want: want,
	})
	in := registerInput{write: true, ifVersion: ifVersion, value: value}
	switch {
	case a.status == http.StatusPreconditionFailed:
		r.note(call, in, registerOutput{stale: true})
	case a.verdict == right:
		state, _ := r.decode(a)
		r.note(call, in, registerOutput{registerState: state})
	case a.unknown():
		r.note(call, in, registerOutput{unknown: true})
	}
}

func (t action) listSessions() {
	t.send(request{service: userService, method: http.MethodGet, path: sessionsPath, token: t.account.token, want: ok})
}

// signIn uses its token at once, whichever instance has signed it.
func (t action) signIn() {
	a := t.send(request{service: userService, method: http.MethodPost, path: sessionsPath, body: t.account.credentials(), want: created})
	grant, err := decode[grantBody](a)
	if err != nil {
		return
	}
	t.send(request{service: taskService, method: http.MethodGet, path: tasksPath + "?page_size=1", token: grant.AccessToken, want: ok})
}

func (t action) refresh() {
	spent, giveBack := t.account.takeRefreshToken()
	if spent == "" {
		t.readUser()
		return
	}
	a := t.send(request{service: userService, method: http.MethodPost, path: sessionsPath + "/refresh", body: map[string]any{"refresh_token": spent}, want: created})
	grant, _ := decode[grantBody](a)
	giveBack(grant.RefreshToken)
}

func (t action) register() {
	name := unique()
	a := t.send(request{service: userService, method: http.MethodPost, path: usersPath, body: credentials(name), want: created})
	t.account.noteRegistered(name, a)
}
