package chaos_test

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// row is what a scenario has measured.
type row struct {
	scenario, bar string
	passed        bool
	statistics
	recovered time.Duration // from the end of the fault until all was well
	note      string
}

// statistics sum samples up.
type statistics struct {
	sent    int
	failed  int // no answer, or another than the request should get
	refused int // 503 or 429 as the contract has them
	stale   int // answered with the last known answer
	slowest time.Duration
	p99     time.Duration
	lag     time.Duration // of the load itself, where the machine was too busy to send in time
}

const rowFormat = "%-26s %7s %7s %8s %6s %9s %9s %10s %9s  %-4s %s\n"

func header() string {
	return fmt.Sprintf(rowFormat, "scenario", "sent", "failed", "refused", "stale", "slowest", "p99", "recovered", "lag", "", "")
}

func (r row) String() string {
	verdict := "FAIL"
	if r.passed {
		verdict = "ok"
	}
	n := func(i int) string { return fmt.Sprint(i) }
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
	return fmt.Sprintf(rowFormat, r.scenario, n(r.sent), n(r.failed), n(r.refused), n(r.stale),
		ms(r.slowest), ms(r.p99), ms(r.recovered), ms(r.lag), verdict, strings.TrimSpace("("+r.bar+") "+r.note))
}

// report collects the rows of a run.
var report table

type table struct {
	mu   sync.Mutex
	rows []row
}

func (t *table) add(r row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, r)
}

func (t *table) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := header()
	for _, r := range t.rows {
		text += r.String()
	}
	return text
}
