package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// target is one side of the comparison.
type target struct {
	name      string
	base      string     // "http://127.0.0.1:8080"
	processes []*process // that do its work
}

// pair is both sides over the same kind of database, with the same rows in it.
type pair struct {
	database      string // what it is called in the report
	todokit, bare target
	server        *process // of the database; nil: there is none
	crowd         *crowd
}

// extra are flags for todokit's processes, by their names: "task".
type extra map[string][]string

// startEtcd starts an etcd, and returns where it listens.
func (h *house) startEtcd(ctx context.Context) (string, error) {
	path, err := tool("etcd")
	if err != nil {
		return "", err
	}
	at, err := freeAddresses(2)
	if err != nil {
		return "", err
	}
	client, peer := "http://"+at[0], "http://"+at[1]
	p, err := h.start(program{name: "etcd", path: path, args: []string{
		"--name=bench", "--data-dir=" + h.file("etcd"),
		"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=bench=" + peer,
		"--logger=zap", "--log-level=warn",
	}})
	if err != nil {
		return "", err
	}
	return at[0], p.whenReady(ctx, answers(client+"/health"))
}

// startSeparate starts todokit as it runs on a cluster, though only one
// instance of each process, over databases of MariaDB.
func (h *house) startSeparate(ctx context.Context, bin string, m *mariadb, with extra) (target, error) {
	etcd, err := h.startEtcd(ctx)
	if err != nil {
		return target{}, err
	}
	at, err := freeAddresses(4)
	if err != nil {
		return target{}, err
	}
	t := target{name: "todokit", base: "http://" + at[0]}
	for i, one := range []struct {
		name string
		args []string
		env  []string
	}{
		{"user", []string{"--grpc.addr=127.0.0.1:0"}, []string{"DATABASE_URL=" + m.url(userDatabase)}},
		{"task", []string{"--grpc.addr=127.0.0.1:0"}, []string{"DATABASE_URL=" + m.url(taskDatabase)}},
		{"gateway", append([]string{"--http.addr=" + at[0]}, withoutRates()...), nil},
	} {
		args := slices.Concat(one.args, []string{"--etcd.endpoints=" + etcd, "--admin.addr=" + at[i+1]}, with[one.name])
		p, err := h.start(program{name: one.name, path: filepath.Join(bin, one.name+"svc"), args: args, env: one.env})
		if err != nil {
			return t, err
		}
		t.processes = append(t.processes, p)
	}
	for i, p := range t.processes {
		if err := p.whenReady(ctx, answers("http://"+at[i+1]+"/readyz")); err != nil {
			return t, err
		}
	}
	return t, nil
}

// startStandalone starts todokit as one process, with SQLite files in a folder.
func (h *house) startStandalone(ctx context.Context, bin, dir string, with extra) (target, error) {
	at, err := freeAddresses(2)
	if err != nil {
		return target{}, err
	}
	args := append([]string{"--data.dir=" + dir, "--http.addr=" + at[0], "--admin.addr=" + at[1]}, withoutRates()...)
	p, err := h.start(program{name: "standalone", path: filepath.Join(bin, "standalone"), args: append(args, with["standalone"]...)})
	if err != nil {
		return target{}, err
	}
	t := target{name: "todokit", base: "http://" + at[0], processes: []*process{p}}
	return t, p.whenReady(ctx, answers("http://"+at[1]+"/readyz"))
}

// startBare starts the reference handler, which is this program again.
func (h *house) startBare(ctx context.Context, name, dsn string) (target, error) {
	self, err := os.Executable()
	if err != nil {
		return target{}, err
	}
	address, err := freeAddress()
	if err != nil {
		return target{}, err
	}
	// As a variable, since everyone may read the arguments of a process.
	p, err := h.start(program{name: name, path: self, args: []string{"bare", "-addr=" + address}, env: []string{"BENCH_DSN=" + dsn}})
	if err != nil {
		return target{}, err
	}
	t := target{name: "bare", base: "http://" + address, processes: []*process{p}}
	return t, p.whenReady(ctx, answers(t.base+"/healthz"))
}

// withoutRates lets the gateway take the load of a thousand people from one
// address. The limits on how much it works on at a time stay.
func withoutRates() []string {
	return []string{"--limit.user.rate=0", "--limit.address.rate=0"}
}

// answers asks for a page, which is there when a process is ready.
func answers(url string) func(context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", req.URL.Path, resp.Status)
		}
		return nil
	}
}
