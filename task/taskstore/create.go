package taskstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/task"
)

// creation is what the creates of tasks and of lists have in common.
type creation[T any] struct {
	owner    ulid.ULID
	counter  counter
	limit    int64
	errLimit error
	list     *ulid.ULID // that must be there
	value    T
	answer   answer // of the idempotency key
	// insert stores the rows. existing returns what has the value's id.
	insert   func(context.Context, bun.Tx) error
	existing func(context.Context) (T, error)
}

// create counts and stores in one transaction, which holds the owner's row
// from its first statement on: neither a limit nor an idempotency key can be
// passed by two at the same time.
func create[T any](ctx context.Context, db *database.DB, c creation[T]) (T, error) {
	var first T
	err := db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		refused, err := c.raise(ctx, tx)
		if err != nil {
			return err
		}
		if err := c.answer.find(ctx, tx, &first); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		if err := c.insert(ctx, tx); err != nil {
			return err
		}
		return c.answer.save(ctx, tx, c.value)
	})
	if database.IsForeignKey(err) {
		err = task.ErrListNotFound
	}
	switch {
	case err == nil:
		return c.value, nil
	case errors.Is(err, errAnswered):
		return first, nil
	case database.IsDuplicate(err), errors.Is(err, c.errLimit), errors.Is(err, task.ErrListNotFound):
		return c.orRepeat(ctx, err)
	default:
		return first, err
	}
}

// raise counts one more and takes the owner's row, or says why it is refused.
func (c creation[T]) raise(ctx context.Context, tx bun.Tx) (refused, err error) {
	column := bun.Ident(c.counter)
	q := tx.NewUpdate().Model((*ownerRow)(nil)).Set("? = ? + 1", column, column).Set("revision = ?", newRevision()).
		Where("user_id = ?", c.owner).Where("delete_time IS NULL").Where("? < ?", column, c.limit)
	if c.list != nil {
		q = q.Where("EXISTS (?)", tx.NewSelect().Model((*listRow)(nil)).ColumnExpr("1").
			Where("l.user_id = ?", c.owner).Where("l.id = ?", *c.list).Where("l.delete_time IS NULL"))
	}
	n, err := touched(q.Exec(ctx))
	if n > 0 || err != nil {
		return nil, err
	}
	return c.whyRefused(ctx, tx)
}

func (c creation[T]) whyRefused(ctx context.Context, tx bun.Tx) (refused, err error) {
	o, err := findOwner(ctx, tx, c.owner)
	if err != nil {
		return nil, err
	}
	count := o.Tasks
	if c.counter == ofLists {
		count = o.Lists
	}
	if count >= c.limit {
		return c.errLimit, nil
	}
	return task.ErrListNotFound, nil
}

// orRepeat prefers to answer a repeat, which needs no place and no list.
func (c creation[T]) orRepeat(ctx context.Context, refused error) (T, error) {
	v, err := c.existing(ctx)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		err = refused
	}
	return v, err
}

// findOwner returns task.ErrOwnerUnknown or task.ErrOwnerGone for one for whom
// nothing can be created.
func findOwner(ctx context.Context, db bun.IDB, owner ulid.ULID) (ownerRow, error) {
	var o ownerRow
	err := db.NewSelect().Model(&o).Where("user_id = ?", owner).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return o, task.ErrOwnerUnknown
	case err == nil && o.DeleteTime != nil:
		return o, task.ErrOwnerGone
	default:
		return o, err
	}
}

// insertAlone stores a new task in a transaction of its own.
func (s *Store) insertAlone(ctx context.Context, in task.TaskInsert) (task.Task, error) {
	t := in.Task
	row, err := newTaskRow(t)
	if err != nil {
		return task.Task{}, err
	}
	return create(ctx, s.db, creation[task.Task]{
		owner: t.Owner, counter: ofTasks, limit: in.Limit, errLimit: task.ErrTaskLimit, list: &t.ListID,
		value: t, answer: newAnswer(t.Owner, ofTasks, in.Idempotency, t.UpdateTime),
		insert: func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
			return insertLabels(ctx, tx, t)
		},
		existing: func(ctx context.Context) (task.Task, error) { return s.Task(ctx, task.Ref{Owner: t.Owner, ID: t.ID}) },
	})
}

// InsertList is part of task.ListStore.
func (s *Store) InsertList(ctx context.Context, in task.ListInsert) (task.List, error) {
	l := in.List
	return create(ctx, s.db, creation[task.List]{
		owner: l.Owner, counter: ofLists, limit: in.Limit, errLimit: task.ErrListLimit,
		value: l, answer: newAnswer(l.Owner, ofLists, in.Idempotency, l.UpdateTime),
		insert: func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(newListRow(l)).Exec(ctx)
			return err
		},
		existing: func(ctx context.Context) (task.List, error) { return s.List(ctx, task.Ref{Owner: l.Owner, ID: l.ID}) },
	})
}

// OpenOwner is part of task.OwnerStore.
func (s *Store) OpenOwner(ctx context.Context, inbox task.List) (struct{}, error) {
	err := s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&ownerRow{UserID: inbox.Owner, Lists: 1, Revision: newRevision()}).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(newListRow(inbox)).Exec(ctx)
		return err
	})
	if database.IsDuplicate(err) {
		_, err = findOwner(ctx, s.db.R, inbox.Owner)
		err = database.Convert(err)
	}
	return struct{}{}, err
}

// insertLabels makes a task findable by its labels.
func insertLabels(ctx context.Context, tx bun.Tx, t task.Task) error {
	return insertLabelRows(ctx, tx, labelRows(t))
}

func labelRows(t task.Task) []labelRow {
	rows := make([]labelRow, 0, len(t.Labels))
	for _, label := range t.Labels {
		rows = append(rows, labelRow{UserID: t.Owner, Label: label, TaskID: t.ID})
	}
	return rows
}

func insertLabelRows(ctx context.Context, tx bun.Tx, rows []labelRow) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// expiry is when an answer of now is too old.
func expiry(now time.Time) time.Time { return now.Add(-task.KeepAnswers) }
