package callbatch

import "sync"

// underWay counts the calls that are under way, by what they wait for.
type underWay struct {
	mu    sync.Mutex
	calls map[string]int
}

func newUnderWay() *underWay { return &underWay{calls: map[string]int{}} }

// begin counts a call until done is called, and says whether it is the only one.
func (u *underWay) begin(turn string) (first bool, done func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls[turn]++
	return u.calls[turn] == 1, func() { u.end(turn) }
}

func (u *underWay) end(turn string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.calls[turn]--; u.calls[turn] == 0 {
		delete(u.calls, turn)
	}
}
