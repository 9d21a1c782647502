package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
)

// request is one of a plan, which is sent round and round.
type request struct {
	method, path, body string
	who                *person // nil: nobody
}

// workload is a kind of load.
type workload struct {
	name  string
	alone bool // there is nothing to compare it with
	few   int  // connections at most; 0: as many as asked for
	plan  func(c *crowd, r *rand.Rand) []request
}

// The names of workloads that more is made of.
const (
	listName  = "list 20"
	hoardName = "first page of 100,000"
	mixName   = "mix"
)

const (
	tasksPath = "/api/v1/tasks"
	planned   = 20_000 // requests of a plan in which each is different
	pageSize  = 20
)

// workloads are those over MariaDB, in an order in which the pure ones do not read what an earlier
// one added. So many hashes of passwords as there are connections would be turned
// away, as they are meant to be.
func workloads() []workload {
	return []workload{
		{name: listName, plan: each((*crowd).listOne)},
		{name: hoardName, plan: func(c *crowd, _ *rand.Rand) []request { return []request{listOf(c.hoard)} }},
		{name: "get one", plan: each((*crowd).getOne)},
		{name: "update", plan: each((*crowd).updateOne)},
		{name: "create", plan: each((*crowd).createOne)},
		{name: mixName, plan: each((*crowd).mixOne)},
		{name: "sign-in", alone: true, few: 8, plan: each((*crowd).signInOne)},
	}
}

// each makes a plan of random requests.
func each(one func(*crowd, *rand.Rand) request) func(*crowd, *rand.Rand) []request {
	return func(c *crowd, r *rand.Rand) []request {
		all := make([]request, planned)
		for i := range all {
			all[i] = one(c, r)
		}
		return all
	}
}

func listOf(p *person) request {
	return request{method: http.MethodGet, path: fmt.Sprintf("%s?page_size=%d", tasksPath, pageSize), who: p}
}

func (c *crowd) listOne(r *rand.Rand) request { return listOf(c.someone(r)) }

func (c *crowd) getOne(r *rand.Rand) request {
	p := c.someone(r)
	return request{method: http.MethodGet, path: tasksPath + "/" + p.task(r).String(), who: p}
}

func (c *crowd) updateOne(r *rand.Rand) request {
	p := c.someone(r)
	return request{method: http.MethodPatch, path: tasksPath + "/" + p.task(r).String(), who: p, body: fmt.Sprintf(`{"title":%q}`, words(r, 40))}
}

func (c *crowd) createOne(r *rand.Rand) request {
	return request{
		method: http.MethodPost, path: tasksPath, who: c.someone(r),
		body: fmt.Sprintf(`{"title":%q,"content":%q,"priority":%d}`, words(r, 40), words(r, 100), r.IntN(4)),
	}
}

// mixOne reads in 80 % of all cases, half of them a list and half a task,
// updates in 15 %, and creates in 5 %.
func (c *crowd) mixOne(r *rand.Rand) request {
	switch n := r.IntN(100); {
	case n < 40:
		return c.listOne(r)
	case n < 80:
		return c.getOne(r)
	case n < 95:
		return c.updateOne(r)
	default:
		return c.createOne(r)
	}
}

func (c *crowd) signInOne(r *rand.Rand) request {
	return request{method: http.MethodPost, path: "/api/v1/sessions", body: c.someone(r).credentials()}
}

// writePlan writes a request on each line: its method, path, token and body,
// with tabs between them. There are tokens in it.
func writePlan(name string, plan []request) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriter(f)
	for _, r := range plan {
		token := ""
		if r.who != nil {
			token = r.who.access
		}
		if _, err = fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.method, r.path, token, r.body); err != nil {
			return fmt.Errorf("write the plan: %w", err)
		}
	}
	return out.Flush()
}

// line is a request of a plan that was read.
type line struct{ method, path, token, body string }

// readPlan reads what writePlan wrote.
func readPlan(in io.Reader) ([]line, error) {
	var all []line
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		part := strings.SplitN(lines.Text(), "\t", 4)
		if len(part) != 4 {
			return nil, fmt.Errorf("line %d of the plan has %d parts", len(all)+1, len(part))
		}
		all = append(all, line{part[0], part[1], part[2], part[3]})
	}
	if len(all) == 0 {
		return nil, errors.New("the plan is empty")
	}
	return all, lines.Err()
}
