package gateway

import (
	"io"
	"time"

	"github.com/oklog/ulid/v2"
)

// idGenerator makes the ids of what is created and of mutations, before the services
// are called: a call that is repeated is then known by its id. Those of one
// process grow, also within a millisecond.
type idGenerator struct {
	now     func() time.Time
	entropy *ulid.LockedMonotonicReader
}

func newIDGenerator(now func() time.Time, entropy io.Reader) *idGenerator {
	return &idGenerator{
		now:     now,
		entropy: &ulid.LockedMonotonicReader{MonotonicReader: ulid.Monotonic(entropy, 0)},
	}
}

// next returns an id that was never given before. It panics if the source of
// randomness fails, without which nothing else could work either, and if a
// millisecond needs more ids than the 2^80 there are from a random start on.
func (g *idGenerator) next() ulid.ULID {
	return ulid.MustNew(ulid.Timestamp(g.now()), g.entropy)
}
