package chaos_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// gatewayStopped stops the gateway (SIGTERM) a few times, under load: what it
// has taken it answers. Requests that find nobody listening were not taken.
func gatewayStopped(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.newLoad(t)
	begin := time.Now()
	var slowest time.Duration
	for range times(5, 1) {
		l.start(t, rate)
		l.runFor(t, 1500*time.Millisecond)
		slowest = max(slowest, s.gateway.stop(t))
		l.stop()
		s.gateway.start(t)
		s.gateway.whenReady(t)
		s.whenKnown(t, 2)
	}
	notTaken := func(s sample) bool { return errors.Is(s.err, syscall.ECONNREFUSED) }
	dropped := l.pick(func(s sample) bool { return notOK(s) && !notTaken(s) })
	wantNone(t, "dropped", dropped, begin)
	l.audit(t)
	f := sum(l.pick(func(s sample) bool { return !notTaken(s) }))
	f.lag = l.lag
	return row{
		statistics: f, recovered: slowest,
		note: fmt.Sprintf("%d found nobody listening; recovered: slowest stop", len(l.pick(notTaken))),
	}
}

// everythingKilled kills all processes at the same moment, databases and etcd
// included, a few times, and starts them again.
func everythingKilled(t *testing.T) row {
	s := newSystem(t, setup{})
	l := s.newLoad(t)
	var slowest time.Duration
	for range times(3, 1) {
		l.start(t, rate)
		l.runFor(t, 2*time.Second)
		victims := []*process{s.db.proc, s.etcd.proc}
		for _, i := range s.all() {
			victims = append(victims, i.process)
		}
		for _, v := range victims {
			v.signal(t, syscall.SIGKILL)
		}
		for _, v := range victims {
			<-v.exited
		}
		l.stop()
		begin := time.Now()
		// In this order everything has to wait for something.
		for _, i := range s.all() {
			i.start(t)
		}
		s.etcd.start(t)
		s.db.start(t)
		for _, i := range s.all() {
			i.whenReady(t)
		}
		s.whenKnown(t, 2)
		slowest = max(slowest, time.Since(begin))
	}
	l.start(t, rate)
	l.runFor(t, 2*time.Second)
	l.audit(t)
	return row{statistics: l.statistics(), recovered: slowest, note: "failed: those in flight, and after, until the load was stopped"}
}
