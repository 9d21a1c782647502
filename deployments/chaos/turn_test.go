package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// turn is one thing that one person does.
type turn struct {
	*load
	ctx context.Context //nolint:containedctx // a turn lives as long as its requests
	who *person
}

// crowd is how many people there are, of whom some only read: what they have
// read last is not outdated by what they write.
const (
	crowd     = 12
	readers   = 2
	registers = 4 // tasks of each, that are changed again and again
)

// turns is what people do, out of a hundred turns. A turn is one request but
// for a race, which is one and then racers, and a sign-in, which is two.
var turns = []struct {
	weight int
	do     func(turn)
}{
	{25, turn.readTask},
	{10, turn.listTasks},
	{15, turn.createTask},
	{15, turn.changeTask},
	{4, turn.deleteTask},
	{3, turn.race},
	{18, turn.readUser},
	{3, turn.changeUser},
	{4, turn.listSessions},
	{1, turn.signIn},
	{1, turn.refresh},
	{1, turn.register},
}

const (
	racers          = 3
	requestsPerTurn = 1.09
)

// deck is the order of a hundred turns.
var deck = sync.OnceValue(func() []func(turn) {
	var all []func(turn)
	for _, t := range turns {
		for range t.weight {
			all = append(all, t.do)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
})

func (t turn) take(n int) {
	if t.who.reader {
		reads := []func(turn){turn.readTask, turn.listTasks, turn.readUser, turn.listSessions}
		reads[n/crowd%len(reads)](t)
		return
	}
	all := deck()
	// The people must not come to the same cards again and again.
	all[(n+n/len(all))%len(all)](t)
}

// ask makes a request of the load.
func (t turn) ask(r request) answer {
	begin := time.Now()
	a := t.client.do(t.ctx, r)
	t.note(sample{service: r.service, what: r.method + " " + r.path, begin: begin, end: time.Now(), answer: a})
	return a
}

func (t turn) readTask() {
	if rand.N(3) == 0 {
		t.readRegister(t.who.anyRegister())
		return
	}
	path := tasksPath
	if id := t.who.anyTask(); id != "" {
		path += "/" + id
	}
	t.ask(request{service: taskService, method: http.MethodGet, path: path, token: t.who.token, want: ok})
}

func (t turn) listTasks() {
	t.ask(request{service: taskService, method: http.MethodGet, path: tasksPath + "?page_size=20", token: t.who.token, want: ok})
}

func (t turn) createTask() {
	title := unique()
	a := t.ask(request{service: taskService, method: http.MethodPost, path: tasksPath, token: t.who.token, body: map[string]any{"title": title}, want: created})
	body, _ := decode[taskBody](a)
	t.who.noteCreated(title, body.ID, a)
}

func (t turn) deleteTask() {
	title, id := t.who.takeTask()
	if id == "" {
		return
	}
	a := t.ask(request{service: taskService, method: http.MethodDelete, path: tasksPath + "/" + id, token: t.who.token, want: gone})
	t.who.noteDeleted(title, a)
}

func (t turn) changeTask() { t.writeRegister(t.who.anyRegister(), 0) }

func (t turn) changeUser() { t.writeRegister(t.who.self, 0) }

func (t turn) readUser() { t.readRegister(t.who.self) }

// race lets a few change a task of the first person if it has the version that
// they have all seen: one of them must win.
func (t turn) race() {
	t.who = t.people[0]
	version := t.readRegister(t.who.contended)
	if version == 0 {
		return
	}
	var all sync.WaitGroup
	for range racers {
		all.Go(func() { t.writeRegister(t.who.contended, version) })
	}
	all.Wait()
}

// readRegister returns the version that it has read, or 0.
func (t turn) readRegister(r *tracked) int64 {
	before, call := r.lastWrite(), now()
	a := t.ask(request{service: r.service, method: http.MethodGet, path: r.path, token: t.who.token, want: ok})
	state, err := r.decode(a)
	switch {
	case a.verdict == stale && state.version < before:
		t.note(sample{service: r.service, what: "stale " + r.name, begin: time.Now(), end: time.Now(), answer: answer{
			verdict: wrong, err: fmt.Errorf("version %d, older than the acknowledged write of %d", state.version, before),
		}})
	case a.verdict == right && err == nil:
		r.note(call, registerInput{}, registerOutput{registerState: state})
		return state.version
	}
	return 0
}

func (t turn) writeRegister(r *tracked, ifVersion int64) {
	if !r.writable() {
		t.readRegister(r)
		return
	}
	value, call := unique(), now()
	want := ok
	if ifVersion > 0 {
		want = []int{http.StatusOK, http.StatusPreconditionFailed}
	}
	a := t.ask(request{
		service: r.service, method: http.MethodPatch, path: r.path, token: t.who.token,
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

func (t turn) listSessions() {
	t.ask(request{service: userService, method: http.MethodGet, path: sessionsPath, token: t.who.token, want: ok})
}

// signIn uses its token at once, whichever instance has signed it.
func (t turn) signIn() {
	a := t.ask(request{service: userService, method: http.MethodPost, path: sessionsPath, body: t.who.credentials(), want: created})
	grant, err := decode[grantBody](a)
	if err != nil {
		return
	}
	t.ask(request{service: taskService, method: http.MethodGet, path: tasksPath + "?page_size=1", token: grant.AccessToken, want: ok})
}

func (t turn) refresh() {
	spent, giveBack := t.who.borrowRefresh()
	if spent == "" {
		t.readUser()
		return
	}
	a := t.ask(request{service: userService, method: http.MethodPost, path: sessionsPath + "/refresh", body: map[string]any{"refresh_token": spent}, want: created})
	grant, _ := decode[grantBody](a)
	giveBack(grant.RefreshToken)
}

func (t turn) register() {
	name := unique()
	a := t.ask(request{service: userService, method: http.MethodPost, path: usersPath, body: credentials(name), want: created})
	t.who.noteRegistered(name, a)
}
