package chaos_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// times is how long, or how often, something happens in the full suite and in
// the short form.
func times[T int | time.Duration](whole, short T) T {
	if fullSuite {
		return whole
	}
	return short
}

// wantNoFailures ends a scenario in which no request may have failed.
func (l *load) wantNoFailures(t *testing.T, since time.Time) row {
	t.Helper()
	l.stop()
	wantNone(t, "not answered as they should be", l.pick(notOK), since)
	l.audit(t)
	return row{statistics: l.statistics()}
}

// served says whether an instance has answered calls of the gateway.
func (i *instance) served(service string) error {
	calls, err := i.sys.metric(i, "todokit_grpc_server_requests_total", `method="/`+service+`.v1.`+map[string]string{userService: "User", taskService: "Task"}[service]+`Service/`)
	if err == nil && calls == 0 {
		err = errors.New("no call yet")
	}
	return err
}

// restart starts an instance that has ended, and waits until it takes part in
// the work. Returns how long after being ready that was.
func (i *instance) restart(t *testing.T, service string) time.Duration {
	t.Helper()
	i.start(t)
	i.whenReady(t)
	return eventually(t, i.name+" serves", func() error { return i.served(service) })
}

// instanceKilled kills one of two instances (kill -9), again and again.
func instanceKilled(t *testing.T, service string) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	begin := time.Now()
	var slowest time.Duration
	for range times(10, 3) {
		l.runFor(t, rand.N(time.Second))
		victim := s.instances[service][rand.N(2)]
		victim.kill()
		l.runFor(t, rand.N(2*time.Second))
		slowest = max(slowest, victim.restart(t, service))
	}
	l.runFor(t, time.Second)
	r := l.wantNoFailures(t, begin)
	r.recovered = slowest
	return r
}

// rollingRestart stops and starts every instance (SIGTERM), one by one.
func rollingRestart(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	begin := time.Now()
	var slowest, stopped time.Duration
	for service, instances := range s.instances {
		for _, i := range instances {
			l.runFor(t, 500*time.Millisecond)
			stopped = max(stopped, i.stop(t))
			if _, err := s.etcd.find(i.address); err == nil {
				t.Errorf("%s has ended and is still registered", i.name)
			}
			slowest = max(slowest, i.restart(t, service))
		}
	}
	l.runFor(t, time.Second)
	r := l.wantNoFailures(t, begin)
	r.recovered, r.note = slowest, fmt.Sprintf("slowest stop %v", stopped.Round(time.Millisecond))
	return r
}

// instanceFrozen freezes one of two instances (SIGSTOP), and lets it go on.
func instanceFrozen(t *testing.T, service string) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, 3*time.Second)
	victim := s.instances[service][0]
	begin := time.Now()
	victim.signal(t, syscall.SIGSTOP)
	l.runFor(t, times(20*time.Second, 5*time.Second))
	back := victim.resume(t)
	s.whenRegistered(t)
	l.runFor(t, 3*time.Second)
	l.stop()
	wantNone(t, "failed after the first 2 s", l.pick(func(s sample) bool {
		return notOK(s) && s.begin.Sub(begin) > 2*time.Second
	}), begin)
	wantNone(t, "took 2 s or more", l.pick(func(s sample) bool { return s.end.Sub(s.begin) >= 2*time.Second }), begin)
	early := l.pick(func(s sample) bool { return notOK(s) && s.begin.Sub(begin) <= 2*time.Second })
	l.audit(t)
	return row{statistics: l.statistics(), recovered: back, note: fmt.Sprintf("%d failed in the first 2 s", len(early))}
}

// resume lets a frozen instance go on, and waits until it takes part in the work
// again. Returns how long that took.
func (i *instance) resume(t *testing.T) time.Duration {
	t.Helper()
	i.signal(t, syscall.SIGCONT)
	calls, err := i.sys.metric(i, "todokit_grpc_server_requests_total", "")
	if err != nil {
		t.Error(err)
	}
	return eventually(t, i.name+" serves again", func() error {
		more, err := i.sys.metric(i, "todokit_grpc_server_requests_total", "")
		if err == nil && more < calls+20 {
			err = fmt.Errorf("%v calls after it was frozen", more-calls)
		}
		return err
	})
}

// newInstance adds a third instance of each service.
func newInstance(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, time.Second)
	begin := time.Now()
	var slowest time.Duration
	for _, service := range []string{taskService, userService} {
		i := s.addInstance(t, service)
		took := i.restart(t, service)
		if took > time.Second {
			tooSlow(t, "%s gets its first call %v after being ready", i.name, took)
		}
		slowest = max(slowest, took)
	}
	l.runFor(t, time.Second)
	r := l.wantNoFailures(t, begin)
	r.recovered = slowest
	return r
}

// allTaskInstancesKilled kills all instances of the task service, and starts them later.
func allTaskInstancesKilled(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, 2*time.Second)
	begin := time.Now()
	for _, i := range s.instances[taskService] {
		i.kill()
	}
	dead := time.Now()
	l.runFor(t, times(10*time.Second, 2*time.Second))
	returned := time.Now()
	for _, i := range s.instances[taskService] {
		i.start(t)
	}
	for _, i := range s.instances[taskService] {
		i.whenReady(t)
	}
	ready := time.Now()
	l.runFor(t, 4*time.Second)
	l.stop()
	wantNone(t, "user routes failed", l.pick(func(s sample) bool { return s.service == userService && notOK(s) }), begin)
	wantNone(t, "answered wrongly", l.pick(func(s sample) bool { return s.verdict == wrong }), begin)
	const most = 50 * time.Millisecond
	without := l.pick(func(s sample) bool {
		return s.service == taskService && s.begin.After(dead) && s.end.Before(returned)
	})
	if slow := samplesSlowerThan(without, most); len(slow) > 0 {
		tooSlow(t, "task routes took more than 50 ms without the service: %s", examples(slow, begin))
	}
	recovered := l.recovered(ready)
	if recovered > time.Second {
		tooSlow(t, "normal %v after the return", recovered)
	}
	l.audit(t)
	f := sum(without)
	if f.stale == 0 {
		t.Error("not one of the last known answers was given")
	}
	return row{statistics: l.statistics(), recovered: recovered, note: fmt.Sprintf("without the service: %d stale, slowest %v, p99 %v", f.stale, f.slowest, f.p99)}
}

func samplesSlowerThan(samples []sample, most time.Duration) []sample {
	var slow []sample
	for _, s := range samples {
		if s.end.Sub(s.begin) > most {
			slow = append(slow, s)
		}
	}
	return slow
}
