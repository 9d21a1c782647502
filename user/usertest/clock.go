package usertest

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// Clock is a time that stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a Clock that shows the present.
func NewClock() *Clock { return &Clock{now: someTime()} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set makes the clock show another time.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

// NewID mints an id at the time that the clock shows.
func (c *Clock) NewID() ulid.ULID { return ulid.MustNew(ulid.Timestamp(c.Now()), rand.Reader) }
