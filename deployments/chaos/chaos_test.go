// Package chaos_test breaks todokit on purpose, and measures what its clients
// see of it. The parts are real: the commands, an etcd and a MariaDB of their
// own, and a proxy where the network is meant to fail.
//
// Each scenario runs under a steady load, in an open loop: what is slow or
// hangs does not slow the requests that come after it. It ends with a row of
// statistics and with a check of all that was acknowledged meanwhile, see ledger
// and register. Where it matters what is read, not how soon, there are checkers
// in the place of the load, see watch.
//
// `make chaos` runs every scenario for as long as it is meant to last. Without
// TODOKIT_CHAOS=1 a few of them run for a short time. TODOKIT_CHAOS_LOGS names
// a folder where the logs of all processes stay.
package chaos_test

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// startTimeout bounds every wait for something that should take a moment.
const startTimeout = 60 * time.Second

// fullSuite says whether the whole suite was asked for.
var fullSuite = os.Getenv("TODOKIT_CHAOS") == "1"

// rate is the load in requests a second. The short form has to pass on a
// machine that is slow, or busy with something else.
var rate = map[bool]float64{true: 200, false: 50}[fullSuite]

// scenario breaks a system that is under load, and returns what it measured.
type scenario struct {
	name  string
	bar   string
	short bool // runs in the short form, too
	run   func(t *testing.T) row
}

var scenarios = []scenario{
	{"task instance killed", "0 failed", true, func(t *testing.T) row { return instanceKilled(t, taskService) }},
	{"user instance killed", "0 failed", false, func(t *testing.T) row { return instanceKilled(t, userService) }},
	{"rolling restart", "0 failed", true, rollingRestart},
	{"task instance frozen", "0 failed after 2 s, slowest under 2 s", false, func(t *testing.T) row { return instanceFrozen(t, taskService) }},
	{"user instance frozen", "0 failed after 2 s, slowest under 2 s", false, func(t *testing.T) row { return instanceFrozen(t, userService) }},
	{"etcd away", "0 failed, registered within 3 s", false, func(t *testing.T) row { return etcdAway(t, false) }},
	{"idle without etcd", "under 1 % of a core, one log line per change", false, idleWithoutEtcd},
	{"etcd wiped", "0 failed, registered within 3 s", true, func(t *testing.T) row { return etcdAway(t, true) }},
	{"etcd cut off", "0 failed, registered within 3 s", false, etcdCutOff},
	{"lease revoked", "0 failed, visible within 3 s", false, leaseRevoked},
	{"key deleted", "0 failed, visible within 3 s", false, keyDeleted},
	{"log compacted", "0 failed, visible within 3 s", false, logCompacted},
	{"new instance", "0 failed, traffic within 1 s", false, newInstance},
	{"all task instances gone", "user routes 0 failed, task routes within 50 ms, back within 1 s", true, allTaskInstancesKilled},
	{"MariaDB killed", "503 within the deadline, back within 1 s", false, databaseKilled},
	{"MariaDB frozen", "503 within the deadline, back within 1 s", false, databaseFrozen},
	{"gateway stopped", "0 in flight dropped", false, gatewayStopped},
	{"five times the load", "goodput 90 % of its peak, p99 at most 3 times, health within 100 ms", false, overload},
	{"flood of registrations", "sign-ins of others: 0 failed or refused", false, registrations},
	{"uploads that stall", "others: 0 failed or refused", true, stalledUploads},
	{"searches of one user", "others: 0 failed or refused", false, searches},
	{"pages of 1 MiB", memoryBar, false, largePages},
	{"idle connections, few files", "others: 0 failed or refused", true, idleConnections},
	{"own writes are read", "0 reads without an acknowledged write", true, ownWritesAreRead},
	{"everything killed", "0 acknowledged writes lost or doubled", false, everythingKilled},
}

func TestChaos(t *testing.T) { //nolint:paralleltest // each scenario needs the machine for itself
	for _, s := range scenarios {
		if !fullSuite && !s.short {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			r := s.run(t)
			r.scenario, r.bar, r.passed = s.name, s.bar, !t.Failed()
			t.Log("\n" + header() + r.String())
			report.add(r)
		})
	}
}

// folder is where everything lives that the tests make.
var folder string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if folder, err = os.MkdirTemp("", "todokit-chaos-"); err != nil {
		log.Fatal(err)
	}
	// MariaDB's account has to pass through.
	if err = os.Chmod(folder, 0o755); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	stopMariaDB()
	if fullSuite {
		fmt.Print("\n" + report.String())
	}
	if err = os.RemoveAll(folder); err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// build builds the commands when the first one is needed: without the race
// detector, which would make everything too slow to be measured.
var build = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-o", folder+string(filepath.Separator),
		"todokit/user/cmd/usersvc", "todokit/task/cmd/tasksvc", "todokit/gateway/cmd/gatewaysvc", "todokit/deployments/standalone").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the commands: %w\n%s", err, out)
	}
	return nil
})

// tool returns the path of a program that the tests need, or skips.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, try := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(try); err == nil {
			return path
		}
	}
	reason := name + " is not installed; make test and make chaos install it"
	if os.Getenv("TODOKIT_TEST_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}
