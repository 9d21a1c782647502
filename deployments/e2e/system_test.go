package e2e_test

import (
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"todokit/pkg/database/databasetest"
	"todokit/pkg/registry/embedded"
)

// system is a running todokit.
type system struct {
	contract *contract
	http     *http.Client
	taskDB   string // URL of the task service's database
	etcd     string // its endpoint; empty where it is in the process
	// userInstances, taskInstances and gateway are the processes. The
	// standalone one is all of them at once, and stands under gateway.
	userInstances, taskInstances []*process
	gateway                      *process
	launch                       func() // starts the processes; they live as long as the whole test

	mu       sync.Mutex
	base     string // http://host:port
	secrets  []string
	finished []*process // killed or stopped before the end
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{
		contract: loadContract(t),
		http: &http.Client{
			Timeout:       waitTimeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// patient adds what the gateway of a test needs. The scenarios are about what is
// answered, not how fast: on a busy machine a call may take its time.
func patient(own settings) settings {
	all := settings{
		"HTTP_ADDR": "127.0.0.1:0", "UPSTREAM_TIMEOUT": "60s",
		"UPSTREAM_ATTEMPT_TIMEOUT": "20s", "UPSTREAM_HASH_ATTEMPT_TIMEOUT": "20s",
	}
	maps.Copy(all, own)
	return all
}

// erasureWait is how long deleted accounts are kept here: long enough to be seen.
const erasureWait = "3s"

// startSeparate starts two user instances, two task instances and a gateway,
// with databases and a registry of their own. Everything starts at once: the
// order must not matter.
func startSeparate(t *testing.T) *system {
	t.Helper()
	s := newSystem(t)
	userDB := databasetest.MySQLURL(t)
	s.taskDB = databasetest.MySQLURL(t)
	etcd, err := embedded.Start(t.Context(), t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(etcd.Close)
	s.etcd = etcd.Endpoint()
	service := func(url string) settings {
		return settings{"ETCD_ENDPOINTS": etcd.Endpoint(), "GRPC_ADDR": "127.0.0.1:0", "DATABASE_URL": s.secret(url)}
	}
	s.launch = func() {
		s.gateway = start(t, "gatewaysvc", patient(settings{"ETCD_ENDPOINTS": etcd.Endpoint()}))
		tasks := service(s.taskDB)
		tasks["ERASURE_WAIT"] = erasureWait
		s.taskInstances = []*process{start(t, "tasksvc", tasks), start(t, "tasksvc", tasks)}
		s.userInstances = []*process{start(t, "usersvc", service(userDB)), start(t, "usersvc", service(userDB))}
	}
	s.boot(t)
	return s
}

// startStandalone starts the one process that needs nothing else.
func startStandalone(t *testing.T) *system {
	t.Helper()
	s := newSystem(t)
	dir := filepath.Join(t.TempDir(), "data")
	s.taskDB = "sqlite:" + filepath.Join(dir, "task.db")
	s.launch = func() {
		s.gateway = start(t, "standalone", patient(settings{"DATA_DIR": dir, "TASK_ERASURE_WAIT": erasureWait}))
	}
	s.boot(t)
	return s
}

// dataDir is the folder of the standalone process.
func (s *system) dataDir() string {
	return filepath.Dir(strings.TrimPrefix(s.taskDB, "sqlite:"))
}

// processes are those that should be running.
func (s *system) processes() []*process {
	all := append([]*process{s.gateway}, s.taskInstances...)
	return append(all, s.userInstances...)
}

// boot starts the processes, again after they were stopped or killed, and waits
// until every one says that it is ready.
func (s *system) boot(t *testing.T) {
	t.Helper()
	s.launch()
	for _, p := range s.processes() {
		whenReady(t, p.address(t, "admin"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = "http://" + s.gateway.address(t, "http")
}

// kill ends every process at once, as a power cut would (kill -9).
func (s *system) kill() {
	for _, p := range s.processes() {
		p.kill()
	}
	s.finished = append(s.finished, s.processes()...)
	s.http.CloseIdleConnections()
}

// shutDown stops every process as an operator would, and reads what they left.
func (s *system) shutDown(t *testing.T, how syscall.Signal) {
	t.Helper()
	for _, p := range s.processes() {
		p.stop(t, how)
	}
	for _, p := range append(s.finished, s.processes()...) {
		s.checkLog(t, p)
	}
}

// checkLog looks for what must not be in any log.
func (s *system) checkLog(t *testing.T, p *process) {
	t.Helper()
	text := p.log.String() + p.out.String()
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s: there is a secret in the log: %q", p.name, secret)
		}
	}
	parsed := p.log.parsed()
	if len(parsed) != len(p.log.lines()) {
		t.Errorf("%s: not every line of the log is JSON:\n%s", p.name, p.log.tail(20))
	}
	for _, l := range parsed {
		if l["level"] == "error" {
			t.Errorf("%s: the stories end well, and yet there is an error in the log: %v", p.name, l)
		}
	}
}

// url is where the gateway is now.
func (s *system) url() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// secret notes what must not appear in a log, and returns it.
func (s *system) secret(value string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, value)
	return value
}
