package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"todokit/deployments/bench/bare"
)

// The names of the sides.
const (
	newName  = "todokit"
	oldName  = "old"
	bareName = "bare"
)

// side is one of those that are compared.
type side struct {
	name      string
	gateways  []string   // base URLs; what has no gateway has one, too
	processes []*process // whose processor time a request takes
	databases databases
	data      *dataset
}

// databases are the URLs of those that the services of a side have.
type databases struct{ user, task string }

// build is todokit as it is to be run.
type build struct {
	bin      string
	flags    map[string][]string // of a process, by its name, beside those that it needs
	env      []string            // variables of all processes
	gateways int
}

// engine is a kind of database, and how todokit is run over it.
type engine struct {
	name    string
	servers []*process // of the database
	create  func(ctx context.Context, side string) (databases, error)
	start   func(ctx context.Context, b build, d databases) (*side, error)
}

// startSides starts todokit, the commands of another commit if there are any,
// and the bare handler, each over databases of its own with the same rows.
func (b *bench) startSides(ctx context.Context, e engine) (all []*side, err error) {
	bins := map[string]string{newName: b.bin, oldName: b.Old, bareName: b.bin}
	for _, name := range []string{newName, oldName, bareName} {
		if bins[name] == "" {
			continue
		}
		say("%s: starting and filling %s …", e.name, name)
		what := build{bin: bins[name], gateways: 1}
		if name == newName {
			what.flags = b.flags
		}
		s, err := b.startSide(ctx, name, e, what)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	all[len(all)-1].data = all[0].data // the bare handler takes todokit's tokens
	return all, nil
}

// startSide starts one side. For the bare handler, todokit makes the tables, and
// then stops.
func (b *bench) startSide(ctx context.Context, name string, e engine, what build) (*side, error) {
	d, err := e.create(ctx, name)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	context.AfterFunc(ctx, stop)
	s, err := e.start(running, what, d)
	if err != nil {
		return nil, err
	}
	data := newDataset(b.Size, b.begin, s.gateways[0])
	if err = data.seed(ctx, d); err != nil {
		return nil, err
	}
	if name == bareName {
		stop()
		for _, p := range s.processes {
			<-p.exited
		}
		if s, err = b.env.startBare(ctx, d); err != nil {
			return nil, err
		}
	} else if err = data.signIn(ctx, 0); err != nil {
		return nil, err
	}
	s.name, s.databases, s.data = name, d, data
	s.processes = append(s.processes, e.servers...)
	return s, nil
}

// serverVariable is where .ci/with-mariadb says what its server's URLs begin with.
const serverVariable = "TODOKIT_TEST_MYSQL_URL"

// createMariaDB creates the databases of a side.
func createMariaDB(ctx context.Context, side string) (databases, error) {
	db, read, err := bare.Open(os.Getenv(serverVariable))
	if err != nil {
		return databases{}, err
	}
	defer func() { _, _ = db.Close(), read.Close() }()
	_, errUser := db.ExecContext(ctx, "CREATE DATABASE "+side+"_user")
	_, errTask := db.ExecContext(ctx, "CREATE DATABASE "+side+"_task")
	url := os.Getenv(serverVariable) + side
	return databases{url + "_user", url + "_task"}, errors.Join(errUser, errTask)
}

// createFiles names the SQLite files of a side, in a folder of its own.
func (e *environment) createFiles(_ context.Context, side string) (databases, error) {
	dir := e.file(side)
	return databases{"sqlite:" + dir + "/user.db", "sqlite:" + dir + "/task.db"}, os.Mkdir(dir, 0o700)
}

// startServices starts todokit as it runs on a cluster: separate processes that
// find each other through an etcd, one instance each, but for the gateways.
func (e *environment) startServices(ctx context.Context, b build, d databases) (*side, error) {
	client, peer := freeAddress(), "http://"+freeAddress()
	_, err := e.start(ctx, program{name: "etcd", path: "etcd", ready: "http://" + client + "/health", args: []string{
		"--name=bench", fmt.Sprintf("--data-dir=%s-%d", e.file("etcd"), e.started), "--logger=zap", "--log-level=warn",
		"--listen-client-urls=http://" + client, "--advertise-client-urls=http://" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=bench=" + peer,
	}})
	if err != nil {
		return nil, err
	}
	names := []string{"user", "task", "gateway"}
	for n := 1; n < b.gateways; n++ {
		names = append(names, fmt.Sprint("gateway ", n+1))
	}
	s := &side{}
	for _, name := range names {
		kind, _, _ := strings.Cut(name, " ")
		address, admin := freeAddress(), freeAddress()
		args, env := []string{"--grpc.addr=" + address}, b.env
		switch kind {
		case "user":
			env = append(slices.Clone(env), "TODOKIT_DATABASE_URL="+d.user)
		case "task":
			env = append(slices.Clone(env), "TODOKIT_DATABASE_URL="+d.task)
		default:
			args = publicFlags(address)
			s.gateways = append(s.gateways, "http://"+address)
		}
		p, err := e.start(ctx, program{
			name: name, path: filepath.Join(b.bin, kind+"svc"), env: env, ready: "http://" + admin + "/readyz",
			args: slices.Concat(args, []string{"--etcd.endpoints=" + client, "--admin.addr=" + admin}, b.flags[kind]),
		})
		if err != nil {
			return nil, err
		}
		s.processes = append(s.processes, p)
	}
	return s, nil
}

// publicFlags let a gateway take the load of a thousand users from one address.
// The limits on how much it works on at a time stay.
func publicFlags(address string) []string {
	return []string{"--http.addr=" + address, "--limit.user.rate=0", "--limit.address.rate=0"}
}

// startStandalone starts todokit as one process, with the files of createFiles.
func (e *environment) startStandalone(ctx context.Context, b build, d databases) (*side, error) {
	address, admin := freeAddress(), freeAddress()
	dir := filepath.Dir(strings.TrimPrefix(d.task, "sqlite:"))
	return e.startOne(ctx, address, program{
		name: "standalone", path: filepath.Join(b.bin, "standalone"), env: b.env, ready: "http://" + admin + "/readyz",
		args: slices.Concat(publicFlags(address), []string{"--admin.addr=" + admin, "--data.dir=" + dir}, b.flags["standalone"]),
	})
}

// urlVariable has the URL of the bare handler's database, for everyone may read
// the arguments of a process.
const urlVariable = "BENCH_DATABASE_URL"

// startBare starts the bare handler, which is this program again.
func (e *environment) startBare(ctx context.Context, d databases) (*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address := freeAddress()
	return e.startOne(ctx, address, program{
		name: bareName, path: self, args: []string{bareName, address}, env: []string{urlVariable + "=" + d.task}, ready: "http://" + address + "/readyz",
	})
}

func (e *environment) startOne(ctx context.Context, address string, what program) (*side, error) {
	p, err := e.start(ctx, what)
	return &side{name: what.name, gateways: []string{"http://" + address}, processes: []*process{p}}, err
}
