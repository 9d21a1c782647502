package gateway

import (
	"strings"
	"sync"
	"time"

	"todokit/pkg/optional"
	"todokit/pkg/rest"
	"todokit/task"
)

// What a shelf, and an answer on it, take beside the answers and their keys,
// in bytes, about.
const (
	shelfOverhead = 256
	keptOverhead  = 192
)

// maxKept bounds the answers on a shelf, and so the search for the oldest.
const maxKept = 256

// shelf holds the last answers to the reads of one user, and notes their
// writes: in one place, so that when it is lost, both are.
type shelf struct {
	most int // bytes

	mu     sync.Mutex
	reads  uint64 // that have begun
	writes uint64 // beginnings and ends
	kept   map[string]kept
	size   int // bytes
}

// kept is an answer, as of when its read began.
type kept struct {
	rest.Representation
	at       time.Time
	revision optional.Value[task.Revision] // that it shows, or a later one
	read     uint64
}

func (k kept) size(key string) int { return keptOverhead + len(key) + k.Size() }

// ticket is a read's place among the reads and writes of its user.
type ticket struct{ read, writes uint64 }

func newShelf(most int) *shelf {
	return &shelf{most: most, kept: map[string]kept{}, size: shelfOverhead}
}

// weight is what the shelf takes, in bytes.
func (s *shelf) weight() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint32(s.size) //nolint:gosec // most is far below 4 GiB
}

// begin notes that a read begins, and returns what is kept for it.
func (s *shelf) begin(key string) (ticket, kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return ticket{read: s.reads, writes: s.writes}, s.kept[key]
}

// put keeps an answer, unless a write began or ended since the read did, or a
// read that began later has put one. The oldest answers make room for it.
func (s *shelf) put(key string, t ticket, k kept) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.read = t.read
	if s.writes != t.writes || s.kept[key].read > t.read {
		return false
	}
	s.drop(key)
	if shelfOverhead+k.size(key) > s.most {
		return true
	}
	for s.size+k.size(key) > s.most || len(s.kept) >= maxKept {
		s.drop(s.oldest())
	}
	s.kept[key] = k
	s.size += k.size(key)
	return true
}

// get returns the answer to a request, false if there is none to show.
func (s *shelf) get(key string) (kept, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[key]
	return k, ok
}

// deny notes that a read was told that there is nothing to show: neither by it
// nor by what other reads have found before.
func (s *shelf) deny(key string, t ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[key].read <= t.read {
		s.writes++ // for those that are under way
		s.drop(key)
	}
}

// wrote notes that a write begins or ends, and forgets the answers to requests
// whose key begins with prefix.
func (s *shelf) wrote(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	for key := range s.kept {
		if strings.HasPrefix(key, prefix) {
			s.drop(key)
		}
	}
}

func (s *shelf) drop(key string) {
	if k, ok := s.kept[key]; ok {
		delete(s.kept, key)
		s.size -= k.size(key)
	}
}

// oldest returns the key of the answer whose read began first.
func (s *shelf) oldest() string {
	var oldest string
	var first uint64
	for key, k := range s.kept {
		if first == 0 || k.read < first {
			oldest, first = key, k.read
		}
	}
	return oldest
}
