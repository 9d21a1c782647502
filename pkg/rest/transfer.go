package rest

import (
	"container/list"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

const (
	// transferGrace is how long a client may take for each 8 KiB that it sends or
	// receives, and for what is left at the end.
	transferGrace   = 10 * time.Second
	transferQuantum = 8 << 10
	// stalled is how long a transfer has made no progress when it has to make room
	// for another one of the same user or address.
	stalled = 250 * time.Millisecond
)

// transfers bounds the memory of bodies, or of responses, that are in work or on
// their way between a client and the server: in all, and for each user and each
// address. When it is full, the slowest transfers are given up.
type transfers struct {
	total, share int64 // bytes
	bytes        prometheus.Gauge
	givenUp      prometheus.Counter

	mu      sync.Mutex
	used    int64
	byKey   map[loadshed.Key]int64
	waiting list.List // of *transfer whose clients are waited for; in front the one whose last progress is the longest ago
	armed   bool      // tick will be called
}

// transferKeys are whose a transfer is: a user's and an address's. The zero Key
// is nobody's.
type transferKeys [2]loadshed.Key

// transfer is one body or response. A nil transfer is none.
type transfer struct {
	all    *transfers
	keys   transferKeys
	size   int64         // bytes that are reserved for it
	hangUp func()        // ends the wait for the client
	place  *list.Element // in waiting; nil: the client is not waited for
	since  time.Time     // when the last 8 KiB were complete
	moved  int64         // bytes since then
	lost   error         // why it was given up; nil: it was not
}

func newTransfers(total, share int64, bytes prometheus.Gauge, givenUp prometheus.Counter) *transfers {
	return &transfers{total: total, share: share, bytes: bytes, givenUp: givenUp, byKey: map[loadshed.Key]int64{}}
}

// wait notes that the client is waited for from now on. Until settle, hangUp may
// be called, which must not wait for anything.
func (t *transfer) wait(hangUp func()) {
	a := t.all
	a.mu.Lock()
	defer a.mu.Unlock()
	t.hangUp, t.since = hangUp, time.Now()
	t.place = a.waiting.PushBack(t)
	if !a.armed {
		a.armed = true
		time.AfterFunc(transferGrace, a.tick)
	}
}

// progress notes that so many bytes were moved. Returns why the transfer was
// given up, if it was.
func (t *transfer) progress(n int) error {
	a := t.all
	a.mu.Lock()
	defer a.mu.Unlock()
	if t.moved += int64(n); t.moved >= transferQuantum && t.place != nil {
		t.moved, t.since = 0, time.Now()
		a.waiting.MoveToBack(t.place)
	}
	return t.lost
}

// settle notes that the client is not waited for any more. Returns why the
// transfer was given up, if it was.
func (t *transfer) settle() error {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.all.forget(t)
	return t.lost
}

// end gives back what was reserved.
func (t *transfer) end() {
	if t == nil {
		return
	}
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.all.forget(t)
	t.all.add(t, -t.size)
}

// reserve takes more bytes. If they are too many, those who have stalled make
// room: for what is more than the share of a user or an address, others of the
// same; for what is more than all may take, whoever is the slowest. Returns
// errs.ErrTooManyAtOnce and errs.ErrOverloaded if there is none of those.
func (t *transfer) reserve(n int64) error {
	a := t.all
	a.mu.Lock()
	defer a.mu.Unlock()
	for t.lost == nil {
		key, ok := a.exceeded(t, n, 1)
		if ok {
			a.add(t, n)
			return nil
		}
		slowest := a.slowest(key)
		if slowest == nil || slowest == t {
			return key.refusal()
		}
		a.giveUp(slowest)
	}
	return t.lost
}

// reserveAtMost takes full bytes, if not more than an eighth of all that there
// may be is taken then. Else it is reserve with few bytes. Returns how many it took.
func (t *transfer) reserveAtMost(full, few int64) (int64, error) {
	const part = 8
	a := t.all
	a.mu.Lock()
	_, ok := a.exceeded(t, full, part)
	if ok {
		a.add(t, full)
	}
	a.mu.Unlock()
	if ok {
		return full, nil
	}
	return few, t.reserve(few)
}

// resize changes how many bytes are reserved, once it is known how many it takes.
// If these are too many, the slowest others make room.
func (t *transfer) resize(n int64) {
	a := t.all
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(t, n-t.size)
	for a.used > a.total {
		slowest := a.slowest(bound{all: true})
		if slowest == nil || slowest == t {
			return
		}
		a.giveUp(slowest)
	}
}

// bound is one that n more bytes would exceed: that of all, or of a key.
type bound struct {
	all bool
	key loadshed.Key
}

func (b bound) refusal() error {
	if b.all {
		return errs.ErrOverloaded.WithDetail("Too much is being received or sent.")
	}
	return errs.ErrTooManyAtOnce
}

// exceeded returns the bound that a transfer would exceed with n more bytes, if
// only a part of each may be used, or ok.
func (a *transfers) exceeded(t *transfer, n, part int64) (b bound, ok bool) {
	for _, key := range t.keys {
		if key != (loadshed.Key{}) && a.byKey[key]+n > a.share/part {
			return bound{key: key}, false
		}
	}
	return bound{all: true}, a.used+n <= a.total/part
}

// slowest returns the transfer that makes room under a bound, nil for none.
func (a *transfers) slowest(b bound) *transfer {
	for e := a.waiting.Front(); e != nil; e = e.Next() {
		t, _ := e.Value.(*transfer)
		switch {
		case b.all:
			return t
		case time.Since(t.since) < stalled:
			return nil // and so are all behind it
		case t.keys[0] == b.key || t.keys[1] == b.key:
			return t
		}
	}
	return nil
}

// giveUp ends the wait for the client of a transfer.
func (a *transfers) giveUp(t *transfer) {
	t.lost = ErrBodyTooSlow
	a.forget(t)
	a.add(t, -t.size)
	a.givenUp.Inc()
	t.hangUp()
}

func (a *transfers) forget(t *transfer) {
	if t.place != nil {
		a.waiting.Remove(t.place)
		t.place = nil
	}
}

func (a *transfers) add(t *transfer, n int64) {
	t.size += n
	a.used += n
	a.bytes.Add(float64(n))
	for _, key := range t.keys {
		if key == (loadshed.Key{}) {
			continue
		}
		if a.byKey[key] += n; a.byKey[key] == 0 {
			delete(a.byKey, key)
		}
	}
}

// tick gives up those that were slow for too long, and comes again when the next
// one may be.
func (a *transfers) tick() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.waiting.Front(); e != nil; e = a.waiting.Front() {
		t, _ := e.Value.(*transfer)
		if left := transferGrace - time.Since(t.since); left > 0 {
			time.AfterFunc(left, a.tick)
			return
		}
		a.giveUp(t)
	}
	a.armed = false
}
