// Package stalecache keeps the last responses to each user's reads, ready to be
// sent, in bounded memory. A copy serves twice:
//
//   - It is sent again when the service, told the revision of the copy, says
//     that nothing of the user's has changed since.
//   - It is sent, marked as stale, when the service is out of reach, and the copy
//     is at most five minutes old.
//
// A copy is kept under the revision that came with its data, read in the same
// statement, so that an equal revision means equal data (DECISIONS.md, 34). And
// no copy is older than the user's last write through this gateway (26): a
// user's copies and a count of the beginnings and ends of their writes are one
// record. A write empties it when it begins and when it ends. A read stores a
// copy only if the count is as it was when the read began, and only in the
// record that it began with; an eviction loses copies, but never a write.
package stalecache

import (
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"todokit/pkg/rest"
)

// maxAge is how old a copy may be that is sent while the service is out of reach.
const maxAge = 5 * time.Minute

// renewAfter is how old a copy gets to be before it counts as a new one when it
// is found to be as it was: seldom enough to cost nothing.
const renewAfter = 10 * time.Second

// Cache holds the entries of all users. A nil Cache holds nothing.
type Cache struct {
	now         func() time.Time
	users       *otter.Cache[ulid.ULID, *entries]
	maxBytes    int // of one user
	notModified prometheus.Counter
	hits        prometheus.Counter
	misses      prometheus.Counter
}

// New returns a Cache that takes at most so many bytes, nil for 0. It registers
// its metrics.
func New(bytes int64, now func() time.Time, reg prometheus.Registerer) *Cache {
	if bytes <= 0 {
		return nil
	}
	outcomes := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_stale_answers_total",
		Help: "Reads of a service out of reach: hit (answered with the last known answer) or miss (there was none).",
	}, []string{"outcome"})
	c := &Cache{
		now:      now,
		maxBytes: int(min(bytes/16, 8<<20)),
		notModified: promauto.With(reg).NewCounter(prometheus.CounterOpts{
			Name: "todokit_unchanged_answers_total",
			Help: "Reads that were answered with the last known answer, after the service had said that nothing has changed.",
		}),
		hits: outcomes.WithLabelValues("hit"), misses: outcomes.WithLabelValues("miss"),
		users: otter.Must(&otter.Options[ulid.ULID, *entries]{
			MaximumWeight: uint64(bytes),
			Weigher:       func(_ ulid.ULID, s *entries) uint32 { return s.weight() },
			// The copies of a user who has not asked for longer are too old.
			ExpiryCalculator: otter.ExpiryAccessing[ulid.ULID, *entries](2 * maxAge),
			Clock:            clock(now),
		}),
	}
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "todokit_stale_bytes",
		Help: "Memory that the last known answers take.",
	}, func() float64 { return float64(c.users.WeightedSize()) })
	return c
}

// Invalidate notes that a write of the user begins or ends, and removes the
// copies whose key begins with prefix. A user without a record has no copies,
// and no read that could store one.
func (c *Cache) Invalidate(user ulid.ULID, prefix string) {
	if c == nil {
		return
	}
	c.users.ComputeIfPresent(user, func(s *entries) (*entries, otter.ComputeOp) {
		s.wrote(prefix)
		return s, otter.WriteOp // it has another weight now
	})
}

// Begin notes that a read of the user begins. The key tells it from the user's
// other reads.
func (c *Cache) Begin(user ulid.ULID, key string) *Read {
	if c == nil {
		return nil
	}
	s, ok := c.users.GetIfPresent(user)
	if !ok {
		s, _ = c.users.ComputeIfAbsent(user, func() (*entries, bool) { return newEntries(c.maxBytes), false })
	}
	r := &Read{cache: c, user: user, key: key, at: c.now(), entries: s}
	r.ticket, r.before = s.begin(key)
	return r
}

// Read is one read of a user, from its beginning on. A nil Read has no copy.
type Read struct {
	cache   *Cache
	user    ulid.ULID
	key     string
	at      time.Time
	entries *entries
	ticket  ticket
	before  Entry // what there was when the read began; zero: nothing
}

// Known returns the revision of the copy that there was when the read began,
// for the service to compare; 0: there was none.
func (r *Read) Known() int64 {
	if r == nil {
		return 0
	}
	return r.before.revision
}

// Store keeps the response to the read under the revision that came with its
// data, 0 for data without one, unless the user wrote something since the read
// began. It works only on the record that is in the cache: one that was evicted
// must not come back, as it has missed the writes since.
func (r *Read) Store(revision int64, p rest.Representation) {
	if r == nil {
		return
	}
	r.cache.users.ComputeIfPresent(r.user, func(s *entries) (*entries, otter.ComputeOp) {
		if s != r.entries || !s.put(r.key, r.ticket, Entry{at: r.at, revision: revision, Representation: p}) {
			return s, otter.CancelOp
		}
		return s, otter.WriteOp
	})
}

// NotModified returns the copy, after the service has said that the user's
// revision is still the known one. False if no revision was known.
func (r *Read) NotModified() (rest.Representation, bool) {
	if r.Known() == 0 {
		return rest.Representation{}, false
	}
	if r.at.Sub(r.before.at) > renewAfter {
		r.Store(r.before.revision, r.before.Representation) // as true now as it was then
	}
	r.cache.notModified.Inc()
	return r.before.Representation, true
}

// Discard removes the copy, after the service has said that there is nothing to
// show.
func (r *Read) Discard() {
	if r == nil {
		return
	}
	r.cache.users.ComputeIfPresent(r.user, func(s *entries) (*entries, otter.ComputeOp) {
		s.discard(r.key, r.ticket)
		return s, otter.WriteOp
	})
}

// LastKnown returns the copy and its age, after the service was found to be out
// of reach. False if there is none that may still be shown.
func (r *Read) LastKnown() (p rest.Representation, age time.Duration, ok bool) {
	if r == nil {
		return p, 0, false
	}
	last, age, ok := r.last()
	if !ok {
		r.cache.misses.Inc()
		return p, 0, false
	}
	r.cache.hits.Inc()
	return last.Representation, age, true
}

func (r *Read) last() (e Entry, age time.Duration, ok bool) {
	s, ok := r.cache.users.GetIfPresent(r.user)
	if !ok {
		return e, 0, false
	}
	e, ok = s.get(r.key)
	age = r.cache.now().Sub(e.at)
	return e, age, ok && age <= maxAge
}

// clock lets the records expire by the Cache's time. It does not tick: what is
// not used need not be tidied up.
type clock func() time.Time

func (c clock) NowNano() int64 { return c().UnixNano() }

func (c clock) Tick(time.Duration) <-chan time.Time { return nil }
