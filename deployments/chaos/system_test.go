package chaos_test

import (
	"bufio"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	userService = "user"
	taskService = "task"
)

// system is a running todokit: two instances of each service, and gateways.
type system struct {
	logs    string
	etcd    *etcd
	network map[string]*proxiedLink // between etcd and a service's instances, or the gateways
	db      *mariadb
	urls    map[string]string // of the databases, by service

	instances map[string][]*instance // of a service
	gateways  []*instance
	gateway   *instance // the first one
	admin     *http.Client
}

// instance is a place for a process, which may come and go and comes back to
// the same addresses.
type instance struct {
	*process
	sys      *system
	command  string
	name     string // "task-1"
	address  string // gRPC, or HTTP
	admin    string
	settings map[string]string
}

// setup is what differs between systems.
type setup struct {
	gateways        int               // 0: one
	gateway         map[string]string // further settings
	databaseLatency time.Duration     // of each round trip
}

// newSystem starts a system.
func newSystem(t *testing.T, with setup) *system {
	t.Helper()
	s := &system{
		logs: logFolder(t), network: map[string]*proxiedLink{}, urls: map[string]string{}, instances: map[string][]*instance{},
		admin: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	tool(t, "etcd")
	s.db = startMariaDB(t)
	if err := build(); err != nil {
		t.Fatal(err)
	}
	s.etcd = startEtcd(t, s.logs)
	database := s.db.address
	if with.databaseLatency > 0 {
		slow := newLink(t, database)
		slow.delay(t, with.databaseLatency)
		database = slow.address()
	}
	for _, service := range []string{userService, taskService} {
		s.urls[service] = s.db.database(t, database)
		s.network[service] = newLink(t, s.etcd.address)
		for range 2 {
			s.addInstance(t, service)
		}
	}
	s.network["gateway"] = newLink(t, s.etcd.address)
	for range max(with.gateways, 1) {
		s.addGateway(t, withoutLimits(with.gateway))
	}
	s.gateway = s.gateways[0]
	for _, i := range s.all() {
		i.start(t)
	}
	for _, i := range s.all() {
		i.whenReady(t)
	}
	s.whenKnown(t, 2)
	return s
}

// logFolder is where the logs of a scenario go.
func logFolder(t *testing.T) string {
	t.Helper()
	keep := os.Getenv("TODOKIT_CHAOS_LOGS")
	if keep == "" {
		return t.TempDir()
	}
	dir := filepath.Join(keep, strings.ReplaceAll(filepath.Base(t.Name()), " ", "_"))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutLimits lets the gateway take the load of a few users from one address.
func withoutLimits(own map[string]string) map[string]string {
	all := map[string]string{"LIMIT_USER_RATE": "0", "LIMIT_ADDRESS_RATE": "0"}
	maps.Copy(all, own)
	return all
}

// addInstance adds one instance of a service, which is not started.
func (s *system) addInstance(t *testing.T, service string) *instance {
	t.Helper()
	name := service + "-" + strconv.Itoa(len(s.instances[service])+1)
	i := s.newInstance(t, name, service+"svc", map[string]string{"DATABASE_URL": s.urls[service]})
	i.settings["GRPC_ADDR"] = i.address
	if service == userService { // its load comes from one address
		i.settings["REGISTRATION_PER_ADDRESS"], i.settings["REGISTRATION_TOTAL"] = "0", "0"
	}
	i.settings["ETCD_ENDPOINTS"] = s.network[service].address()
	s.instances[service] = append(s.instances[service], i)
	return i
}

// addGateway adds a gateway, which is not started.
func (s *system) addGateway(t *testing.T, settings map[string]string) {
	t.Helper()
	name := "gateway"
	if n := len(s.gateways); n > 0 {
		name += "-" + strconv.Itoa(n+1)
	}
	i := s.newInstance(t, name, "gatewaysvc", settings)
	i.settings["HTTP_ADDR"] = i.address
	i.settings["ETCD_ENDPOINTS"] = s.network["gateway"].address()
	s.gateways = append(s.gateways, i)
}

func (s *system) newInstance(t *testing.T, name, command string, settings map[string]string) *instance {
	t.Helper()
	i := &instance{sys: s, name: name, command: command, address: freeAddress(t), admin: freeAddress(t), settings: maps.Clone(settings)}
	i.settings["ADMIN_ADDR"], i.settings["LOG_FORMAT"] = i.admin, "json"
	t.Cleanup(func() {
		if i.process != nil {
			i.kill()
		}
	})
	return i
}

// start starts the instance's process.
func (i *instance) start(t *testing.T) {
	t.Helper()
	i.process = launch(t, i.name, filepath.Join(i.sys.logs, i.name+".log"), filepath.Join(folder, i.command), environment(i.settings), nil)
}

// whenReady waits until the process says that it is ready.
func (i *instance) whenReady(t *testing.T) time.Duration {
	t.Helper()
	return eventually(t, i.name+" is ready", func() error {
		if !i.running() {
			t.Fatalf("%s ended: %v\n%s", i.name, i.err, i.tail(20))
		}
		return i.sys.get(i.admin, "/readyz", nil)
	})
}

// all are the instances of all services, and the gateways.
func (s *system) all() []*instance { return append(s.servers(), s.gateways...) }

// servers are the instances of both services.
func (s *system) servers() []*instance {
	return slices.Concat(s.instances[userService], s.instances[taskService])
}

// whenKnown waits until each gateway knows so many instances of each service.
func (s *system) whenKnown(t *testing.T, n int) time.Duration {
	t.Helper()
	return eventually(t, fmt.Sprintf("the gateways know %d instances of each service", n), func() error {
		for _, g := range s.gateways {
			if err := g.knows(n); err != nil {
				return err
			}
		}
		return nil
	})
}

// knows returns an error unless a gateway knows so many instances of each service.
func (i *instance) knows(n int) error {
	for _, service := range []string{userService, taskService} {
		known, err := i.sys.metric(i, "todokit_discovery_instances", `service="`+service+`"`)
		if err != nil {
			return err
		}
		if int(known) != n {
			return fmt.Errorf("%s knows %v of the %s service", i.name, known, service)
		}
	}
	return nil
}

// whenRegistered waits until all instances are in etcd.
func (s *system) whenRegistered(t *testing.T) time.Duration {
	t.Helper()
	return eventually(t, "everything is registered", s.registered)
}

func (s *system) registered() error {
	for _, i := range s.servers() {
		if _, err := s.etcd.find(i.address); err != nil {
			return fmt.Errorf("%s: %w", i.name, err)
		}
	}
	return nil
}

// metric sums up a metric of an instance over the series that have a label.
func (s *system) metric(i *instance, name, label string) (float64, error) {
	var sum float64
	err := s.get(i.admin, "/metrics", func(line string) {
		if series, value, ok := strings.Cut(line, "} "); ok && strings.HasPrefix(series, name+"{") && strings.Contains(series, label) {
			v, _ := strconv.ParseFloat(value, 64)
			sum += v
		}
	})
	return sum, err
}

// get reads a page of an admin port. Returns an error unless the status is 200.
func (s *system) get(address, path string, line func(string)) error {
	resp, err := s.admin.Get("http://" + address + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	last := ""
	for lines.Scan() {
		if last = lines.Text(); line != nil {
			line(last)
		}
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", path, resp.StatusCode, last)
	}
	return lines.Err()
}
