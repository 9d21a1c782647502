package chaos_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// deadline is the gateway's for a whole request, and some time to tell.
const deadline = 2*time.Second + 200*time.Millisecond

// databaseKilled kills MariaDB (kill -9), and starts it later.
func databaseKilled(t *testing.T) row {
	return databaseAway(t, func(s *system) { s.db.proc.kill() }, func(s *system) { s.db.start(t) })
}

// databaseFrozen freezes MariaDB (SIGSTOP), and lets it go on.
func databaseFrozen(t *testing.T) row {
	return databaseAway(t,
		func(s *system) { s.db.proc.signal(t, syscall.SIGSTOP) },
		func(s *system) { s.db.proc.signal(t, syscall.SIGCONT) })
}

func databaseAway(t *testing.T, away, back func(*system)) row {
	t.Helper()
	s := newSystem(t, setup{})
	l := s.startLoad(t, rate)
	l.runFor(t, 2*time.Second)
	begin := time.Now()
	away(s)
	l.runFor(t, times(10*time.Second, 3*time.Second))
	back(s)
	returned := time.Now()
	l.runFor(t, 5*time.Second)
	l.stop()
	wantNone(t, "neither right nor 503", l.pick(func(s sample) bool { return s.verdict == wrong }), begin)
	wantNone(t, "took longer than the deadline", l.pick(func(s sample) bool { return s.end.Sub(s.begin) > deadline }), begin)
	recovered := l.recovered(returned)
	if recovered > time.Second {
		tooSlow(t, "normal %v after the return", recovered)
	}
	l.audit(t)
	without := sum(l.pick(func(s sample) bool { return s.begin.After(begin) && s.end.Before(returned) }))
	return row{statistics: l.statistics(), recovered: recovered, note: fmt.Sprintf("without the database: %d of %d refused, slowest %v", without.refused, without.sent, without.slowest)}
}
