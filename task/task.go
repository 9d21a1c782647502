// Package task is the domain of the task service: to-do lists and the tasks in
// them, their rules, and two ports: Service, what a caller may ask, and Store,
// what the rules need from a database. Transports and stores import it; it
// imports none of them.
package task

import (
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/optional"
)

// The bounds of what a client may send.
const (
	MaxTitle       = 500            // characters, of a task's or a list's title
	MaxContent     = 64 << 10       // bytes
	MaxLabels      = 20             // labels a task
	MaxLabel       = 50             // characters a label, spaces around it removed
	MaxKey         = 255            // characters of an Idempotency-Key
	MaxQuery       = 200            // characters of a text filter
	MaxPriority    = 9              // lowest; 1 is highest, 0 is none (RFC 5545, 3.8.1.9)
	DefaultPage    = 50             // tasks
	MaxPage        = 200            // tasks
	MaxPageContent = 1 << 20        // bytes of title and content on one page
	MaxListPage    = 1000           // lists on one page, which is also the default
	MinYear        = 1900           // of a start or a due
	MaxYear        = 9998           // so that it fits any zone and any database
	KeepKeys       = 24 * time.Hour // how long an Idempotency-Key is remembered
)

// List is a named collection of tasks.
type List struct {
	Owner      ulid.ULID // the user; the list's id is unique among this user's
	ID         ulid.ULID // the inbox has the user's own id
	Title      string
	Position   float64   // for ordering by hand; lists without one asked for go last
	CreateTime time.Time // UTC, of the id
	UpdateTime time.Time // UTC, microseconds: the moment of the owner's clock at which this version was written
	Version    int64     // 1 at first, one more at each change
	Mutation   ulid.ULID // the mutation that made this version
}

// ListFields is what a client may choose of a list: all of it for a new one,
// what is to change for one that is there.
type ListFields struct {
	Title    optional.Value[string]
	Position optional.Value[float64]
}

// Inbox says whether this is the list that every user starts with, and that
// cannot be deleted.
func (l List) Inbox() bool { return l.ID == l.Owner }

// Size is about how many bytes the list takes in memory.
func (l List) Size() int { return 150 + len(l.Title) }

// Task is something to do.
type Task struct {
	Owner        ulid.ULID // the user; the task's id is unique among this user's
	ID           ulid.ULID
	ListID       ulid.ULID
	Title        string
	Content      string
	Status       Status
	Priority     int        // 0 none, 1 highest … 9 lowest
	Start, Due   *When      // nil: not set
	TimeZone     string     // as package timezone knows it; empty: not set, whole days are UTC days
	Labels       []string   // as given, without spaces around them and without those that differ in case or form only; nil: none
	Position     float64    // for ordering by hand; tasks without one asked for go last
	CompleteTime *time.Time // set exactly while Status is Done
	CreateTime   time.Time  // UTC, milliseconds, of the id
	UpdateTime   time.Time  // UTC, microseconds: the moment of the owner's clock at which this version was written
	DeleteTime   *time.Time // set exactly while the task is in the trash
	Version      int64      // 1 at first, one more at each change
	Mutation     ulid.ULID  // the mutation that made this version
}

// Size is about how many bytes the task takes in memory.
func (t Task) Size() int {
	n := 400 + len(t.Title) + len(t.Content) + len(t.TimeZone)
	for _, label := range t.Labels {
		n += 16 + len(label)
	}
	return n
}

// TaskFields is what a client may choose of a task: all of it for a new one,
// what is to change for one that is there.
type TaskFields struct {
	ListID     optional.Value[ulid.ULID] // zero: the inbox
	Title      optional.Value[string]
	Content    optional.Value[string]
	Status     optional.Value[Status]
	Priority   optional.Value[int]
	Start, Due optional.Value[*When] // nil: not set any more
	TimeZone   optional.Value[string]
	Labels     optional.Value[[]string]
	Position   optional.Value[float64]
}

// Status is how far a task is.
type Status string

// The states of a task; Todo is the first.
const (
	Todo       Status = "todo"
	InProgress Status = "in_progress"
	Done       Status = "done"
	Cancelled  Status = "cancelled"
)

// Statuses lists the valid states.
func Statuses() []Status { return []Status{Todo, InProgress, Done, Cancelled} }

// When is a whole day, or an instant.
type When struct {
	// Date is a whole day, "2026-11-22", in the task's time zone; empty for an instant.
	Date string
	// Instant is in UTC with microseconds. For a whole day it is the day's
	// first moment in the task's zone, which filters and orders go by; the
	// service computes it.
	Instant time.Time
}

// Revision is a moment of an owner's clock, in microseconds since 1970: that of
// the last write of anything that the owner has. Each write takes the next
// moment, max(now, last + 1 µs), so that changes become visible in the order of
// their times, and no moment is used twice. 0: the owner is not known.
type Revision int64

// Time returns the moment.
func (r Revision) Time() time.Time { return time.UnixMicro(int64(r)).UTC() }
