package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestSeparate is the system as it is on a cluster: two instances of each
// service and a gateway, over MariaDB and etcd.
func TestSeparate_UserScenarios(t *testing.T) {
	t.Parallel()
	s := startSeparate(t)
	runUserScenarios(t, s)
	t.Run("instances share the calls", func(t *testing.T) { sharedCalls(t, s) })
	t.Run("gRPC calls without a token are refused", func(t *testing.T) { directCalls(t, s) })
	t.Run("metrics", func(t *testing.T) { metricsPages(t, s) })
	t.Run("another service's address in etcd", func(t *testing.T) { foreignAddress(t, s) })
	t.Run("access log", func(t *testing.T) { accessLog(t, s) })
	t.Run("an instance dies", func(t *testing.T) { deadInstance(t, s) })
	t.Run("full tour", func(t *testing.T) { fullTour(t, s) })
	s.shutDown(t, syscall.SIGTERM)
}

// calls reads how many calls of a method an instance has answered.
func calls(t *testing.T, p *process, method string) float64 {
	t.Helper()
	return sum(scrape(t, p), "grpc_server_handled_total", "grpc_method", method)
}

func sharedCalls(t *testing.T, s *system) {
	t.Helper()
	const method = "GetTask"
	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Read often"})
	var before []float64
	for _, p := range s.taskInstances {
		before = append(before, calls(t, p, method))
	}
	for range 40 {
		c.getTask(t, one.ID)
	}
	for i, p := range s.taskInstances {
		if n := calls(t, p, method) - before[i]; n < 15 {
			t.Errorf("instance %d answered %v of 40 calls", i, n)
		}
	}
}

// foreignAddress registers a user instance as one of the task service.
func foreignAddress(t *testing.T, s *system) {
	t.Helper()
	etcd, err := clientv3.New(clientv3.Config{Endpoints: []string{s.etcd}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = etcd.Close() }()
	key, address := "/todokit/services/task/01X", s.userInstances[0].address(t, "grpc")
	if _, err := etcd.Put(t.Context(), key, address); err != nil {
		t.Fatal(err)
	}
	c := s.newUser(t)
	named := func(l logLine) bool { return l["key"] == key && l["instance"] == address && l["level"] == "warn" }
	for told := false; !told; { // until the gateway knows of it, and beyond
		one := c.createTask(t, fields{"title": "Not there"})
		c.getTask(t, one.ID)
		told = slices.ContainsFunc(s.gateway.log.parsed(), named)
	}
	for range 20 {
		one := c.createTask(t, fields{"title": "Nor there"})
		c.getTask(t, one.ID)
	}
	if _, err := etcd.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

// deadInstance kills one of two: their clients see nothing of it.
func deadInstance(t *testing.T, s *system) {
	t.Helper()
	c := s.newUser(t)
	dead := s.taskInstances[0]
	dead.kill()
	s.finished = append(s.finished, dead)
	s.taskInstances = s.taskInstances[1:]
	for i := range 30 {
		one := c.createTask(t, fields{"title": fmt.Sprint("After the death ", i)})
		c.getTask(t, one.ID)
	}
}

// accessLog finds one line for a request at the edge, and its id further in.
func accessLog(t *testing.T, s *system) {
	t.Helper()
	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Logged"})
	a := c.do(t, http.MethodGet, tasks+"/"+one.ID+"?", nil).want(t, http.StatusOK)
	id := a.header.Get("X-Request-Id")
	line := s.gateway.waitLog(t, "request "+id, func(l logLine) bool { return l["request_id"] == id && l["route"] != nil })
	if fmt.Sprint(line["status"]) != "200" || line["route"] != tasks+"/{id}" || line["duration"] == nil || line["method"] != http.MethodGet {
		t.Errorf("the line of the request: %v", line)
	}
	if n := strings.Count(s.gateway.log.String(), id); n != 1 {
		t.Errorf("the gateway's log names the request %d times", n)
	}
}
