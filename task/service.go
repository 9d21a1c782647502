package task

import (
	"context"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// The limits of an owner, unless Options has others.
const (
	DefaultTaskLimit = 10_000_000 // tasks, the trash included
	DefaultListLimit = 100_000    // lists, the inbox included
)

// inboxTitle is what the inbox is called until its owner renames it.
const inboxTitle = "Inbox"

// Options are what the rules may be told. The zero value is usable.
type Options struct {
	Now       func() time.Time // nil: time.Now
	TaskLimit int64            // 0: DefaultTaskLimit
	ListLimit int64            // 0: DefaultListLimit
}

// NewService returns the rules over a store.
func NewService(store Store, o Options) Service {
	if o.TaskLimit == 0 {
		o.TaskLimit = DefaultTaskLimit
	}
	if o.ListLimit == 0 {
		o.ListLimit = DefaultListLimit
	}
	return &service{store: store, clock: clock{o.Now}, taskLimit: o.TaskLimit, listLimit: o.ListLimit}
}

type service struct {
	store                Store
	clock                clock
	taskLimit, listLimit int64
}

// Peek is part of Service.
func (s *service) Peek(ctx context.Context, p Peek) (Peeked, error) {
	if p.Known.Set || p.Task.IsZero() {
		r, err := s.store.Revision(ctx, p.Owner)
		if err != nil || p.Task.IsZero() || p.Known.Value == r {
			return Peeked{Revision: r}, err
		}
	}
	found, err := s.store.Snapshot(ctx, Ref{Owner: p.Owner, ID: p.Task})
	if errors.Is(err, ErrTaskNotFound) {
		r, err := s.store.Revision(ctx, p.Owner)
		return Peeked{Revision: r}, err
	}
	return Peeked{Revision: found.Revision, Task: &found.Task}, err
}

// clock tells the time as rows keep it.
type clock struct{ read func() time.Time }

func (c clock) now() time.Time {
	if c.read == nil {
		c.read = time.Now
	}
	return c.read().UTC().Truncate(time.Microsecond)
}

// open stores an owner at their first use of the service, with their inbox.
func (s *service) open(ctx context.Context, owner ulid.ULID) error {
	_, err := s.store.OpenOwner(ctx, List{
		Owner: owner, ID: owner, Title: inboxTitle, Position: positionOf(owner),
		CreateTime: owner.Timestamp().UTC(), UpdateTime: s.clock.now(), Version: 1, Mutation: owner,
	})
	return err
}

// opening runs do, and if it finds that the owner is not known yet, once more
// after having stored them. The usual call pays nothing for it.
func opening[T any](ctx context.Context, s *service, owner ulid.ULID, do func() (T, error)) (T, error) {
	v, err := do()
	if !errors.Is(err, ErrOwnerUnknown) {
		return v, err
	}
	if err := s.open(ctx, owner); err != nil {
		return v, err
	}
	return do()
}

// positionOf is where a new row goes whose position nobody chose: after those
// that are older.
func positionOf(id ulid.ULID) float64 { return float64(id.Time()) }

// errTooMany is for a change that others were always faster than.
func errTooMany() error {
	return errs.ErrUnavailable.WithDetail("Too many changes at the same time.")
}
