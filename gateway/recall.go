package gateway

import (
	"net/http"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"todokit/pkg/optional"
	"todokit/pkg/rest"
	"todokit/task"
)

// maxStale is how old an answer may be that is given instead of none.
const maxStale = 5 * time.Minute

// renewal is how old an answer gets to be before it counts as a new one when it
// is found to be as it was: seldom enough to cost nothing.
const renewal = 10 * time.Second

// recall keeps the last answers to the reads of each user, in bounded memory,
// for as long as nothing has changed, and for when a service is out of reach.
// None is given that is older than the user's last write through this gateway.
// A nil recall keeps nothing.
type recall struct {
	now     func() time.Time
	shelves *otter.Cache[ulid.ULID, *shelf]
	most    int // of a shelf, in bytes
	same    prometheus.Counter
	hits    prometheus.Counter
	misses  prometheus.Counter
}

func newRecall(bytes int64, now func() time.Time, reg prometheus.Registerer) *recall {
	if bytes <= 0 {
		return nil
	}
	outcomes := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_stale_answers_total",
		Help: "Reads of a service out of reach: hit (answered with the last known answer) or miss (there was none).",
	}, []string{"outcome"})
	k := &recall{
		now:  now,
		most: int(min(bytes/16, 8<<20)),
		same: promauto.With(reg).NewCounter(prometheus.CounterOpts{
			Name: "todokit_unchanged_answers_total",
			Help: "Reads that were answered with the last known answer, after the service had said that nothing has changed.",
		}),
		hits: outcomes.WithLabelValues("hit"), misses: outcomes.WithLabelValues("miss"),
		shelves: otter.Must(&otter.Options[ulid.ULID, *shelf]{
			MaximumWeight: uint64(bytes),
			Weigher:       func(_ ulid.ULID, s *shelf) uint32 { return s.weight() },
			// Whoever has not asked for longer has nothing that could be given.
			ExpiryCalculator: otter.ExpiryAccessing[ulid.ULID, *shelf](2 * maxStale),
			Clock:            clock(now),
		}),
	}
	promauto.With(reg).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "todokit_stale_bytes",
		Help: "Memory that the last known answers take.",
	}, func() float64 { return float64(k.shelves.WeightedSize()) })
	return k
}

// lookup is one read, from its beginning on.
type lookup struct {
	*recall
	user   ulid.ULID
	key    string
	at     time.Time
	shelf  *shelf
	ticket ticket
	before kept // what was kept when the read began; zero: nothing

	revision optional.Value[task.Revision] // that the answer shows, or a later one
}

// begin notes that a user's read begins.
func (k *recall) begin(user ulid.ULID, key string) *lookup {
	if k == nil {
		return nil
	}
	s, ok := k.shelves.GetIfPresent(user)
	if !ok {
		s, _ = k.shelves.ComputeIfAbsent(user, func() (*shelf, bool) { return newShelf(k.most), false })
	}
	l := &lookup{recall: k, user: user, key: key, at: k.now(), shelf: s}
	l.ticket, l.before = s.begin(key)
	return l
}

// keep keeps the answer of the read, unless the user wrote something since it
// began. It works on the shelf only while it is the one in the cache: whoever
// knows one that was evicted must not bring it back, as it missed the writes
// since.
func (l *lookup) keep(p rest.Representation) {
	if l == nil {
		return
	}
	l.shelves.ComputeIfPresent(l.user, func(s *shelf) (*shelf, otter.ComputeOp) {
		if s != l.shelf || !s.put(l.key, l.ticket, kept{at: l.at, revision: l.revision, Representation: p}) {
			return s, otter.CancelOp
		}
		return s, otter.WriteOp // it has another weight now
	})
}

// confirm notes the revision of what the answer will come from, which was read
// since the read began, and returns what was kept before if it is of that one:
// then nothing has changed.
func (l *lookup) confirm(r task.Revision) (p rest.Representation, ok bool) {
	l.revision = optional.Of(r)
	if l.before.revision != l.revision {
		return p, false
	}
	if l.at.Sub(l.before.at) > renewal {
		l.keep(l.before.Representation) // as true now as it was then
	}
	l.same.Inc()
	return l.before.Representation, true
}

// deny notes that there is nothing to show for the read's request.
func (l *lookup) deny() {
	l.shelves.ComputeIfPresent(l.user, func(s *shelf) (*shelf, otter.ComputeOp) {
		s.deny(l.key, l.ticket)
		return s, otter.WriteOp
	})
}

// instead answers in the place of a read that failed with err, if that is for
// want of the service and there is something to show. Else it returns err.
func (l *lookup) instead(w http.ResponseWriter, c *call, err error) error {
	switch {
	case l == nil:
		return err
	case denies(err):
		l.deny()
		return err
	case !outOfReach(err):
		return err
	}
	last, ok := l.last()
	if !ok {
		l.misses.Inc()
		return err
	}
	l.hits.Inc()
	rest.MarkStale(w.Header(), l.now().Sub(last.at))
	return last.Write(w, c.Request)
}

func (l *lookup) last() (kept, bool) {
	s, ok := l.shelves.GetIfPresent(l.user)
	if !ok {
		return kept{}, false
	}
	last, ok := s.get(l.key)
	return last, ok && l.now().Sub(last.at) <= maxStale
}

// changed notes that a write of the user begins or ends, or has happened, and
// forgets the answers to requests whose key begins with prefix. Who has no
// shelf has nothing on it, and no read that could put something there.
func (k *recall) changed(user ulid.ULID, prefix string) {
	if k == nil {
		return
	}
	k.shelves.ComputeIfPresent(user, func(s *shelf) (*shelf, otter.ComputeOp) {
		s.wrote(prefix)
		return s, otter.WriteOp
	})
}

// clock lets a cache live by the gateway's time. It does not tick: a cache that
// is not used need not be tidied up.
type clock func() time.Time

// NowNano is part of otter.Clock.
func (c clock) NowNano() int64 { return c().UnixNano() }

// Tick is part of otter.Clock.
func (c clock) Tick(time.Duration) <-chan time.Time { return nil }
