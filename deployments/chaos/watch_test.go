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

// watch are witnesses at work.
type watch struct {
	journal
	doors     [2]door
	witnesses []*witness
	passes    chan pass // nobody need take them
	asked     atomic.Pointer[rest]

	written, judged atomic.Int64 // writes that were acknowledged, and reads that were answered
	own             atomic.Int64 // of the reads: with a last known answer that has to show all writes

	cancel  context.CancelFunc
	working sync.WaitGroup
}

// pass is one round of reading through both gateways.
type pass struct {
	who   *witness
	fresh bool // all answers were
}

// startWatch lets so many witnesses begin.
func (s *system) startWatch(t *testing.T, n int) *watch {
	t.Helper()
	w := &watch{passes: make(chan pass)}
	for i, g := range s.gateways {
		w.doors[i] = door{g.name, newClient(g.address)}
		t.Cleanup(w.doors[i].http.CloseIdleConnections)
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	w.cancel = cancel
	t.Cleanup(w.stop)
	for i := range n {
		one := &witness{watch: w, token: w.doors[0].signUp(t, unique()).AccessToken, writes: writes{through: map[string]int{}}, rests: resting(i % 2)}
		w.witnesses = append(w.witnesses, one)
		w.working.Go(func() { one.live(ctx) })
	}
	return w
}

// stop ends the watch, and waits for all answers.
func (w *watch) stop() {
	w.cancel()
	w.working.Wait()
}

// saw notes the answer to a request. One that says that it took too long, or
// that did, is not wrong here: what is read matters, not how soon.
func (w *watch) saw(by door, r request, begin time.Time, a answer) {
	if late, ok := errors.AsType[net.Error](a.err); a.status == http.StatusGatewayTimeout || ok && late.Timeout() {
		a.verdict = refused
	}
	w.note(sample{service: r.service, what: r.method + " " + r.path + " through " + by.name, begin: begin, end: time.Now(), answer: a})
}

// pass waits until each witness has read everything so many times more, and all
// was fresh, or something was not.
func (w *watch) pass(t *testing.T, times int, fresh bool) {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	done := map[*witness]int{}
	for enough := 0; enough < len(w.witnesses); {
		select {
		case p := <-w.passes:
			if p.fresh != fresh {
				continue
			}
			if done[p.who]++; done[p.who] == times {
				enough++
			}
		case <-timeout.C:
			t.Fatalf("not every witness has read everything %d times in %v, with fresh answers only: %t; what was not right: %s",
				times, patience, fresh, examples(w.pick(notRight), began))
		}
	}
}
