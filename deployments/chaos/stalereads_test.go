package chaos_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// staleReadCheck are checkers at work.
type staleReadCheck struct {
	samples
	gateways [2]gatewayClient
	checkers []*checker
	rounds   chan checkRound // nobody need take them
	asked    atomic.Pointer[pauseGate]

	written, judged atomic.Int64 // writes that were acknowledged, and reads that were answered
	own             atomic.Int64 // of the reads: with a last known answer that has to show all writes

	cancel  context.CancelFunc
	working sync.WaitGroup
}

// pass is one round of reading through both gateways.
type checkRound struct {
	who   *checker
	fresh bool // all answers were
}

// startWatch lets so many checkers begin.
func (s *system) startWatch(t *testing.T, n int) *staleReadCheck {
	t.Helper()
	w := &staleReadCheck{rounds: make(chan checkRound)}
	for i, g := range s.gateways {
		w.gateways[i] = gatewayClient{g.name, newClient(g.address)}
		t.Cleanup(w.gateways[i].http.CloseIdleConnections)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	w.cancel = cancel
	t.Cleanup(w.stop)
	for i := range n {
		one := &checker{staleReadCheck: w, token: w.gateways[0].signUp(t, unique()).AccessToken, writes: writes{through: map[string]int{}}, pausePoint: pausePoint(i % 2)}
		w.checkers = append(w.checkers, one)
		w.working.Go(func() { one.run(ctx) })
	}
	return w
}

// stop ends the watch, and waits for all answers.
func (w *staleReadCheck) stop() {
	w.cancel()
	w.working.Wait()
}

// record notes the answer to a request. One that says that it took too long, or
// that did, is not wrong here: what is read matters, not how soon.
func (w *staleReadCheck) record(by gatewayClient, r request, begin time.Time, a response) {
	if late, ok := errors.AsType[net.Error](a.err); a.status == http.StatusGatewayTimeout || ok && late.Timeout() {
		a.verdict = refused
	}
	w.note(sample{service: r.service, what: r.method + " " + r.path + " through " + by.name, begin: begin, end: time.Now(), response: a})
}

// pass waits until each checker has read everything so many times more, and all
// was fresh, or something was not.
func (w *staleReadCheck) pass(t *testing.T, times int, fresh bool) {
	t.Helper()
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	done := map[*checker]int{}
	for enough := 0; enough < len(w.checkers); {
		select {
		case p := <-w.rounds:
			if p.fresh != fresh {
				continue
			}
			if done[p.who]++; done[p.who] == times {
				enough++
			}
		case <-timeout.C:
			t.Fatalf("not every checker has read everything %d times in %v, with fresh answers only: %t; what was not right: %s",
				times, startTimeout, fresh, examples(w.pick(notOK), startTime))
		}
	}
}
