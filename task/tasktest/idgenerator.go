package tasktest

import (
	"crypto/rand"
	"time"

	"github.com/oklog/ulid/v2"
)

// idGenerator makes ids, each later than the ones before it of the same time. (Those
// of ulid.Make are not, when others make ids of other times in between.)
type idGenerator struct{ entropy *ulid.LockedMonotonicReader }

func newIDGenerator() *idGenerator {
	return &idGenerator{&ulid.LockedMonotonicReader{MonotonicReader: ulid.Monotonic(rand.Reader, 0)}}
}

func (m *idGenerator) at(t time.Time) ulid.ULID { return ulid.MustNew(ulid.Timestamp(t), m.entropy) }
