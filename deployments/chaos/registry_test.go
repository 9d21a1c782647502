package chaos_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// settleTime is longer than a lease and a time of grace: what has not really
// healed shows by then.
const settleTime = 17 * time.Second

// registeredWithin requires that everything is registered again.
func registeredWithin(t *testing.T, s *system, most time.Duration) time.Duration {
	t.Helper()
	took := s.whenRegistered(t)
	if took > most {
		tooSlow(t, "registered again after %v", took)
	}
	return took
}

// staysReachable watches the registry for a while: nobody may vanish from it again.
func staysReachable(t *testing.T, s *system, l *load, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); l.runFor(t, 100*time.Millisecond) {
		if err := s.registered(); err != nil {
			t.Errorf("after it had been registered: %v", err)
			return
		}
	}
	s.whenKnown(t, 2)
}

// etcdAway stops etcd for longer than leases live, and starts it with its data
// or without.
func etcdAway(t *testing.T, wiped bool) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, time.Second)
	begin := time.Now()
	s.etcd.stop(t)
	l.runFor(t, times(60*time.Second, 2*time.Second))
	if wiped {
		s.etcd.wipe(t)
	}
	s.etcd.start(t)
	took := registeredWithin(t, s, 3*time.Second)
	staysReachable(t, s, l, times(settleTime, time.Second))
	r := l.wantNoFailures(t, begin)
	r.recovered = took
	return r
}

// idleWithoutEtcd stops etcd while nobody asks for anything.
func idleWithoutEtcd(t *testing.T) row {
	s := newSystem(t, setup{})
	s.etcd.stop(t)
	pause(t.Context(), 3*time.Second)
	var most float64
	before, lines := map[*instance]float64{}, map[*instance]int{}
	begin := time.Now()
	for _, i := range s.all() {
		before[i], lines[i] = i.cpu(t), i.lines()
	}
	pause(t.Context(), times(20*time.Second, 3*time.Second))
	for _, i := range s.all() {
		used := (i.cpu(t) - before[i]) / time.Since(begin).Seconds()
		if most = max(most, used); used >= 0.01 {
			tooSlow(t, "%s uses %.1f %% of a core", i.name, 100*used)
		}
		if more := i.lines() - lines[i]; more > 0 {
			t.Errorf("%s has logged %d lines while nothing changed:\n%s", i.name, more, i.tail(more))
		}
	}
	return row{note: fmt.Sprintf("at most %.2f %% of a core", 100*most)}
}

// cpu is what the process has used so far, in seconds.
func (i *instance) cpu(t *testing.T) (seconds float64) {
	t.Helper()
	if err := i.sys.get(i.admin, "/metrics", func(line string) {
		if value, ok := strings.CutPrefix(line, "process_cpu_seconds_total "); ok {
			seconds, _ = strconv.ParseFloat(value, 64)
		}
	}); err != nil {
		t.Error(err)
	}
	return seconds
}

// etcdCutOff lets the network to etcd vanish, for everybody.
func etcdCutOff(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, time.Second)
	begin := time.Now()
	for _, network := range s.network {
		network.cut(t)
	}
	l.runFor(t, times(20*time.Second, 8*time.Second))
	for _, network := range s.network {
		network.heal(t)
	}
	took := registeredWithin(t, s, 3*time.Second)
	staysReachable(t, s, l, times(settleTime, time.Second))
	r := l.wantNoFailures(t, begin)
	r.recovered = took
	return r
}

// leaseRevoked takes the lease of one instance of each service away.
func leaseRevoked(t *testing.T) row {
	return registrationLost(t, func(s *system, e entry) { s.etcd.revoke(t, e.lease) })
}

// keyDeleted deletes the key of one instance of each service.
func keyDeleted(t *testing.T) row {
	return registrationLost(t, func(s *system, e entry) { s.etcd.delete(t, e.key) })
}

func registrationLost(t *testing.T, lose func(*system, entry)) row {
	t.Helper()
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, time.Second)
	begin := time.Now()
	var slowest time.Duration
	for _, service := range []string{userService, taskService} {
		before, err := s.etcd.find(s.instances[service][0].address)
		if err != nil {
			t.Fatal(err)
		}
		lose(s, before)
		took := registeredWithin(t, s, 3*time.Second)
		took += s.whenKnown(t, 2)
		slowest = max(slowest, took)
	}
	if slowest > 3*time.Second {
		tooSlow(t, "visible again after %v", slowest)
	}
	staysReachable(t, s, l, times(settleTime, time.Second))
	r := l.wantNoFailures(t, begin)
	r.recovered = slowest
	return r
}

// logCompacted cuts the gateway off, moves an instance meanwhile, and forgets
// the history in which the gateway could have read of it.
func logCompacted(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, time.Second)
	begin := time.Now()
	s.network["gateway"].cut(t)
	added := s.addInstance(t, taskService)
	added.start(t)
	added.whenReady(t)
	s.etcd.compact(t)
	l.runFor(t, times(10*time.Second, 2*time.Second))
	s.network["gateway"].heal(t)
	took := eventually(t, "the gateway calls the new instance", func() error { return added.served(taskService) })
	if took > 3*time.Second {
		tooSlow(t, "visible after %v", took)
	}
	l.runFor(t, times(settleTime, time.Second))
	r := l.wantNoFailures(t, begin)
	r.recovered, r.note = took, fmt.Sprintf("(%s was added meanwhile)", added.name)
	return r
}
