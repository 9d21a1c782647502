package tasktest

import (
	"crypto/rand"
	"time"

	"github.com/oklog/ulid/v2"
)

// mint makes ids, each later than the ones before it of the same time. (Those
// of ulid.Make are not, when others make ids of other times in between.)
type mint struct{ entropy *ulid.LockedMonotonicReader }

func newMint() *mint {
	return &mint{&ulid.LockedMonotonicReader{MonotonicReader: ulid.Monotonic(rand.Reader, 0)}}
}

func (m *mint) at(t time.Time) ulid.ULID { return ulid.MustNew(ulid.Timestamp(t), m.entropy) }
