package stalecache

import (
	"strings"
	"sync"
	"time"

	"todokit/pkg/rest"
)

// What the entries of a user, and each of them, take beside the responses and
// their keys, in bytes, about.
const (
	entriesOverhead = 256
	entryOverhead   = 192
)

// maxEntries bounds the entries of a user, and so the search for the oldest.
const maxEntries = 256

// Entry is a response, as of when its read began.
type Entry struct {
	rest.Representation

	at       time.Time
	revision int64  // of the user, read together with the response; 0: none
	read     uint64 // the number of its read
}

func (e Entry) size(key string) int { return entryOverhead + len(key) + e.Size() }

// entries are those of one user, with the count of the user's writes: in one
// record, so that when it is evicted, both are.
type entries struct {
	maxBytes int

	mu     sync.Mutex
	reads  uint64 // that have begun
	writes uint64 // beginnings and ends
	byKey  map[string]Entry
	size   int // bytes
}

// ticket is a read's place among the reads and writes of its user.
type ticket struct{ read, writes uint64 }

func newEntries(maxBytes int) *entries {
	return &entries{maxBytes: maxBytes, byKey: map[string]Entry{}, size: entriesOverhead}
}

// weight is what the entries take, in bytes.
func (s *entries) weight() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint32(s.size) //nolint:gosec // maxBytes is far below 4 GiB
}

// begin notes that a read begins, and returns the entry that there is.
func (s *entries) begin(key string) (ticket, Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return ticket{read: s.reads, writes: s.writes}, s.byKey[key]
}

// put stores an entry, unless a write began or ended since the read did, or a
// read that began later has stored one. The oldest entries make room for it.
func (s *entries) put(key string, t ticket, e Entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.read = t.read
	if s.writes != t.writes || s.byKey[key].read > t.read {
		return false
	}
	s.remove(key)
	if entriesOverhead+e.size(key) > s.maxBytes {
		return true
	}
	for s.size+e.size(key) > s.maxBytes || len(s.byKey) >= maxEntries {
		s.remove(s.oldest())
	}
	s.byKey[key] = e
	s.size += e.size(key)
	return true
}

// get returns an entry, false if there is none.
func (s *entries) get(key string) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byKey[key]
	return e, ok
}

// discard removes an entry because a read found that there is nothing to show,
// and keeps the reads that began before from storing one.
func (s *entries) discard(key string, t ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[key].read <= t.read {
		s.writes++
		s.remove(key)
	}
}

// wrote notes that a write begins or ends, and removes the entries whose key
// begins with prefix.
func (s *entries) wrote(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	for key := range s.byKey {
		if strings.HasPrefix(key, prefix) {
			s.remove(key)
		}
	}
}

func (s *entries) remove(key string) {
	if e, ok := s.byKey[key]; ok {
		delete(s.byKey, key)
		s.size -= e.size(key)
	}
}

// oldest returns the key of the entry whose read began first.
func (s *entries) oldest() string {
	var oldest string
	var first uint64
	for key, e := range s.byKey {
		if first == 0 || e.read < first {
			oldest, first = key, e.read
		}
	}
	return oldest
}
