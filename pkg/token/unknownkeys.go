package token

import (
	"context"
	"sync"
	"time"
)

const (
	// maxKeyID is longer than any key id of ours, which have 43 characters.
	maxKeyID = 64
	// askInterval is the least time between two questions.
	askInterval = time.Second
	// askTimeout bounds a question, and so how long anybody waits.
	askTimeout = 500 * time.Millisecond
	// absentFor is how long a key is taken to be unknown, once its absence was
	// confirmed. A key that becomes known meanwhile is accepted at once.
	absentFor = 10 * time.Second
	// maxAbsent bounds the memory for such keys, to some 100 kB.
	maxAbsent = 1000
)

// UnknownKeys asks for the keys that a Trust does not know, when a token names
// one. Anybody can send such tokens, so it does not matter how many come: there is
// one question a second at most, for all of them together, and while nobody
// answers, only who asks waits for it.
type UnknownKeys struct {
	trust *Trust
	ask   func(context.Context) error

	mu      sync.Mutex
	asking  chan struct{} // closed when the question is answered; nil: there is none
	asked   time.Time     // when the last one began
	failing bool          // it had no answer
	absent  map[string]time.Time
}

// NewUnknownKeys returns an UnknownKeys. ask applies to the trust the keys that
// there are now, the newest first if there are many.
func NewUnknownKeys(trust *Trust, ask func(context.Context) error) *UnknownKeys {
	return &UnknownKeys{trust: trust, ask: ask, absent: map[string]time.Time{}}
}

// Ask tries to make a key known, and returns when that was tried, when it cannot
// be tried now, or when ctx ends, within half a second.
func (u *UnknownKeys) Ask(ctx context.Context, id string) {
	if len(id) > maxKeyID {
		return
	}
	u.mu.Lock()
	begin := u.asking == nil && time.Since(u.asked) >= askInterval && !u.isAbsent(id)
	if begin {
		u.asking, u.asked = make(chan struct{}), time.Now()
	}
	answered, wait := u.asking, u.asking != nil && !u.failing && !u.isAbsent(id)
	u.mu.Unlock()
	switch {
	case begin:
		u.question(ctx)
		u.noteAbsence(id)
	case wait:
		select {
		case <-answered:
		case <-ctx.Done():
		}
	}
}

// question asks, also if the caller, who is the one that many may wait for, goes
// away.
func (u *UnknownKeys) question(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	err := u.ask(ctx)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failing = err != nil
	close(u.asking)
	u.asking = nil
}

// isAbsent says whether it was found out lately that there is no such key.
func (u *UnknownKeys) isAbsent(id string) bool {
	at, ok := u.absent[id]
	return ok && time.Since(at) < absentFor
}

// noteAbsence remembers a key that the answer did not have.
func (u *UnknownKeys) noteAbsence(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.failing || u.trust.knows(id) {
		return
	}
	if len(u.absent) >= maxAbsent {
		clear(u.absent)
	}
	u.absent[id] = time.Now()
}
