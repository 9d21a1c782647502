package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// workload is a kind of load.
type workload struct {
	name        string
	request     func(*user, *rand.Rand) request // makes up one of a user
	heavy       bool                            // it is always the heavy user
	todokitOnly bool                            // the bare handler cannot do it
	connections int                             // at most; 0: as many as asked for
	gateways    int                             // that share the load; 0: one
	off         mechanism                       // that the second side does without
}

// The names of workloads that more is made of.
const (
	listName   = "list 20"
	heavyName  = "first page of 100,000"
	mixName    = "mix"
	signInName = "sign-in"
)

// workloads are in an order in which the pure ones do not read what an earlier
// one added. So many hashes of passwords as there are connections would be
// turned away, as they are meant to be.
func workloads() []workload {
	return []workload{
		{name: listName, request: listTasks},
		{name: heavyName, request: listTasks, heavy: true},
		{name: "get one", request: getTask},
		{name: "update", request: updateTask},
		{name: "create", request: createTask},
		{name: mixName, request: mix},
		{name: signInName, request: signIn, todokitOnly: true, connections: 8},
	}
}

const tasksPath = "/api/v1/tasks"

func listTasks(u *user, _ *rand.Rand) request {
	return request{http.MethodGet, tasksPath + "?page_size=20", u.access, ""}
}

func getTask(u *user, r *rand.Rand) request {
	return request{http.MethodGet, tasksPath + "/" + u.someTask(r), u.access, ""}
}

func updateTask(u *user, r *rand.Rand) request {
	return request{http.MethodPatch, tasksPath + "/" + u.someTask(r), u.access, fmt.Sprintf(`{"title":%q}`, words(r, 40))}
}

func createTask(u *user, r *rand.Rand) request {
	body := fmt.Sprintf(`{"title":%q,"content":%q,"priority":%d}`, words(r, 40), words(r, 100), r.IntN(4))
	return request{http.MethodPost, tasksPath, u.access, body}
}

// mix reads in 80 % of all cases, half of them a list and half a task, updates
// in 15 %, and creates in 5 %.
func mix(u *user, r *rand.Rand) request {
	switch n := r.IntN(100); {
	case n < 40:
		return listTasks(u, r)
	case n < 80:
		return getTask(u, r)
	case n < 95:
		return updateTask(u, r)
	default:
		return createTask(u, r)
	}
}

func signIn(u *user, _ *rand.Rand) request {
	return request{http.MethodPost, "/api/v1/sessions", "", fmt.Sprintf(`{"user_name":%q,"password":%q}`, u.name, password)}
}

// plan is what is sent round and round: the same at each run, but for the tokens.
func (w workload) plan(d *dataset) []request {
	r := newRandom(w.name)
	all := make([]request, 20_000)
	for i := range all {
		u := d.users[len(d.users)-1]
		if !w.heavy {
			u = d.users[r.IntN(len(d.users)-1)]
		}
		all[i] = w.request(u, r)
	}
	return all
}
