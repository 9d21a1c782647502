package taskstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/casefold"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/task"
)

// creation is what the creates of tasks and of lists have in common.
type creation[T any] struct {
	owner    ulid.ULID
	now      time.Time
	counter  counter
	limit    int64
	errLimit error
	list     *ulid.ULID // that must be there
	key      idempotencyKey
	// insert stores the rows, with their update time, and returns the value.
	insert func(ctx context.Context, tx bun.Tx, at time.Time) (T, error)
	// existing returns what has the value's id already.
	existing func(context.Context) (T, error)
}

// create counts and stores in one transaction, which holds the owner's row
// from its first statement on: neither a limit nor an idempotency key can be
// passed by two at the same time.
func create[T any](ctx context.Context, s *Store, c creation[T]) (v T, err error) {
	err = s.ownerTx(ctx, c.owner, func(ctx context.Context, tx bun.Tx) error {
		moment, refused, err := c.increment(ctx, tx)
		if err != nil {
			return err
		}
		if err := c.key.replay(ctx, tx, &v); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		if v, err = c.insert(ctx, tx, moment.Time()); err != nil {
			return err
		}
		return c.key.save(ctx, tx, v)
	})
	if database.IsForeignKey(err) {
		err = task.ErrListNotFound
	}
	switch {
	case err == nil, errors.Is(err, errReplayed):
		return v, nil
	case database.IsDuplicate(err), errors.Is(err, c.errLimit), errors.Is(err, task.ErrListNotFound):
		return c.existingOr(ctx, err)
	default:
		return v, err
	}
}

// increment counts one more and takes the owner's row with the next moment, or
// says why it is refused. The usual create needs one statement.
func (c creation[T]) increment(ctx context.Context, tx bun.Tx) (moment task.Revision, refused, err error) {
	moment, err = c.tryIncrement(ctx, tx)
	if moment != 0 || err != nil {
		return moment, nil, err
	}
	if refused, err = c.lockAndCheck(ctx, tx); refused != nil || err != nil {
		return 0, refused, err
	}
	// The owner may have been stored between the two statements. Now the row is
	// held: if it is refused once more, only the list can be missing.
	moment, err = c.tryIncrement(ctx, tx)
	if moment == 0 && err == nil {
		refused = task.ErrListNotFound
	}
	return moment, refused, err
}

func (c creation[T]) tryIncrement(ctx context.Context, tx bun.Tx) (task.Revision, error) {
	column := bun.Ident(c.counter)
	q := updateOwner(tx, c.owner).Set("? = ? + 1", column, column).Where("delete_time IS NULL").Where("? < ?", column, c.limit)
	if c.list != nil {
		q = q.Where("EXISTS (?)", tx.NewSelect().Model((*listRow)(nil)).ColumnExpr("1").
			Where("l.user_id = ?", c.owner).Where("l.id = ?", *c.list).Where("l.delete_time IS NULL"))
	}
	return advance(ctx, tx, q, c.now, 1)
}

// lockAndCheck takes the owner's row, and says whether it forbids the create.
func (c creation[T]) lockAndCheck(ctx context.Context, tx bun.Tx) (refused, err error) {
	q := tx.NewSelect()
	if database.IsMySQL(tx) {
		q = q.For("UPDATE")
	}
	o, err := findOwner(ctx, q, c.owner)
	if err != nil {
		return nil, err
	}
	count := o.Tasks
	if c.counter == listCounter {
		count = o.Lists
	}
	if count >= c.limit {
		return c.errLimit, nil
	}
	return nil, nil
}

// existingOr prefers to reply to a repeat, which needs no place and no list.
func (c creation[T]) existingOr(ctx context.Context, refused error) (T, error) {
	v, err := c.existing(ctx)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		err = refused
	}
	return v, err
}

// insertTask stores a new task in a transaction of its own.
func (s *Store) insertTask(ctx context.Context, in task.TaskInsert) (task.Task, error) {
	t := in.Task
	row, err := newTaskRow(t)
	if err != nil {
		return task.Task{}, err
	}
	return create(ctx, s, creation[task.Task]{
		owner: t.Owner, now: t.UpdateTime, counter: taskCounter, limit: in.Limit, errLimit: task.ErrTaskLimit, list: &t.ListID,
		key: newIdempotencyKey(t.Owner, taskCounter, in.Idempotency, t.UpdateTime),
		insert: func(ctx context.Context, tx bun.Tx, at time.Time) (task.Task, error) {
			written := t
			written.UpdateTime, row.UpdateTime = at, at
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return task.Task{}, err
			}
			return written, insertLabels(ctx, tx, labelRows(t))
		},
		existing: func(ctx context.Context) (task.Task, error) {
			found, err := s.Task(ctx, task.GetTask{Ref: task.Ref{Owner: t.Owner, ID: t.ID}})
			return found.Value, err
		},
	})
}

func (s *Store) InsertList(ctx context.Context, in task.ListInsert) (task.List, error) {
	l := in.List
	return create(ctx, s, creation[task.List]{
		owner: l.Owner, now: l.UpdateTime, counter: listCounter, limit: in.Limit, errLimit: task.ErrListLimit,
		key: newIdempotencyKey(l.Owner, listCounter, in.Idempotency, l.UpdateTime),
		insert: func(ctx context.Context, tx bun.Tx, at time.Time) (task.List, error) {
			written := l
			written.UpdateTime = at
			_, err := tx.NewInsert().Model(newListRow(written)).Exec(ctx)
			return written, err
		},
		existing: func(ctx context.Context) (task.List, error) {
			found, err := s.List(ctx, task.GetList{Ref: task.Ref{Owner: l.Owner, ID: l.ID}})
			return found.Value, err
		},
	})
}

// labelRows make a task findable by its labels. Two of one that was written by an
// earlier version may differ in case only.
func labelRows(t task.Task) []labelRow {
	rows := make([]labelRow, 0, len(t.Labels))
	for _, label := range t.Labels {
		row := labelRow{UserID: t.Owner, Label: casefold.String(label), TaskID: t.ID}
		if !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func insertLabels(ctx context.Context, tx bun.IDB, rows []labelRow) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}
