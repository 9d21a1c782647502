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

// databases are the URLs of those that a side has, by the service: "user", "task".
type databases map[string]string

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
	builds := map[string]build{newName: {bin: b.bin, flags: b.flags, gateways: 1}, oldName: {bin: b.Old, gateways: 1}, bareName: {bin: b.bin, gateways: 1}}
	for _, name := range []string{newName, oldName, bareName} {
		if builds[name].bin == "" {
			continue
		}
		say("%s: starting and filling %s …", e.name, name)
		s, err := b.startSide(ctx, name, e, builds[name])
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
		s, err = b.env.startBare(ctx, d)
	} else {
		err = data.signIn(ctx, 0)
	}
	s.name, s.databases, s.data, s.processes = name, d, data, append(s.processes, e.servers...)
	return s, err
}

// serverVariable is where .ci/with-mariadb says what its server's URLs begin with.
const serverVariable = "TODOKIT_TEST_MYSQL_URL"

// createMariaDB creates the databases of a side.
func createMariaDB(ctx context.Context, side string) (databases, error) {
	url := os.Getenv(serverVariable)
	db, _, err := bare.Open(url)
	if err != nil {
		return nil, err
	}
	_, errUser := db.ExecContext(ctx, "CREATE DATABASE "+side+"_user")
	_, errTask := db.ExecContext(ctx, "CREATE DATABASE "+side+"_task")
	return databases{"user": url + side + "_user", "task": url + side + "_task"}, errors.Join(errUser, errTask, db.Close())
}

// createFiles names the SQLite files of a side, in a folder of its own.
func (e *environment) createFiles(_ context.Context, side string) (databases, error) {
	dir := e.file(side)
	return databases{"user": "sqlite:" + dir + "/user.db", "task": "sqlite:" + dir + "/task.db"}, os.Mkdir(dir, 0o700)
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
		args, env := publicFlags(address), slices.Clone(b.env)
		if url, ok := d[kind]; ok {
			args, env = []string{"--grpc.addr=" + address}, append(env, "TODOKIT_DATABASE_URL="+url)
		} else {
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
	dir := filepath.Dir(strings.TrimPrefix(d["task"], "sqlite:"))
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
	address := freeAddress()
	s, errStart := e.startOne(ctx, address, program{
		name: bareName, path: self, args: []string{bareName, address}, env: []string{urlVariable + "=" + d["task"]}, ready: "http://" + address + "/readyz",
	})
	return s, errors.Join(err, errStart)
}

func (e *environment) startOne(ctx context.Context, address string, what program) (*side, error) {
	p, err := e.start(ctx, what)
	return &side{gateways: []string{"http://" + address}, processes: []*process{p}}, err
}
