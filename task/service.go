package task

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/keyed"
	"todokit/pkg/mutation"
)

// The limits of an owner, unless Options has others.
const (
	DefaultTaskLimit = 10_000_000 // tasks, the trash included
	DefaultListLimit = 100_000    // lists, the inbox included
)

// inboxTitle is what the inbox is called until its owner renames it.
const inboxTitle = "Inbox"

// Options are the settings of the service. The zero value is usable.
type Options struct {
	Now       func() time.Time // nil: time.Now
	TaskLimit int64            // 0: DefaultTaskLimit
	ListLimit int64            // 0: DefaultListLimit
}

// NewService returns the service over a store.
func NewService(store Store, o Options) Service {
	if o.TaskLimit == 0 {
		o.TaskLimit = DefaultTaskLimit
	}
	if o.ListLimit == 0 {
		o.ListLimit = DefaultListLimit
	}
	return &service{
		store: store, clock: clock{o.Now}, taskLimit: o.TaskLimit, listLimit: o.ListLimit,
		writers: keyed.NewSemaphore[Ref](1),
	}
}

type service struct {
	store                Store
	clock                clock
	taskLimit, listLimit int64
	writers              *keyed.Semaphore[Ref]
}

// rewrite reads a row and writes its next version, again while another instance
// comes between. The writers of this instance take turns: of fifty at once, each
// but the first would find that it has read what is no longer there.
func rewrite[T any](ctx context.Context, s *service, r Ref, attempt func() (T, error)) (v T, err error) {
	done, err := s.writers.Acquire(ctx, r)
	if err != nil {
		return v, errs.From(err)
	}
	defer done()
	return mutation.Retry(func() (v T, err error) {
		if overdue(ctx) {
			return v, errs.ErrDeadline
		}
		return attempt()
	})
}

// overdue says whether the deadline has passed. In a process that has stood still,
// its timer may not have fired yet, while the call was made again elsewhere.
func overdue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// clock tells the time as rows keep it.
type clock struct{ read func() time.Time }

func (c clock) now() time.Time {
	if c.read == nil {
		c.read = time.Now
	}
	return c.read().UTC().Truncate(time.Microsecond)
}

// withOwner runs do, and if it finds that the owner is not known yet, once more
// after having stored the owner with an inbox. The usual call pays nothing for it.
func withOwner[T any](ctx context.Context, s *service, owner ulid.ULID, do func() (T, error)) (T, error) {
	v, err := do()
	if !errors.Is(err, ErrOwnerUnknown) {
		return v, err
	}
	if err := s.store.OpenOwner(ctx, s.newInbox(owner)); err != nil {
		return v, err
	}
	v, err = do()
	if errors.Is(err, ErrOwnerUnknown) { // by a database node that lags behind
		err = errs.ErrUnavailable.Wrap(err)
	}
	return v, err
}

func (s *service) newInbox(owner ulid.ULID) List {
	return List{
		Owner: owner, ID: owner, Title: inboxTitle, Position: defaultPosition(owner),
		CreateTime: owner.Timestamp().UTC(), UpdateTime: s.clock.now(), Version: 1, Mutation: owner,
	}
}

// defaultPosition is that of a new row whose position nobody chose: after those
// that are older.
func defaultPosition(id ulid.ULID) float64 { return float64(id.Time()) }
