package taskstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// errUntouched breaks off a transaction whose statement has found no row.
var errUntouched = errors.New("no such row")

// Task is part of task.TaskStore.
func (s *Store) Task(ctx context.Context, r task.Ref) (task.Task, error) {
	var row taskRow
	err := s.db.R.NewSelect().Model(&row).Where("user_id = ?", r.Owner).Where("id = ?", r.ID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return task.Task{}, task.ErrTaskNotFound
	}
	if err != nil {
		return task.Task{}, database.Convert(err)
	}
	return row.task()
}

// ReplaceTask is part of task.TaskStore. The usual change is one statement and
// needs no transaction around it.
func (s *Store) ReplaceTask(ctx context.Context, r task.TaskReplacement) (struct{}, error) {
	row, err := newTaskRow(r.Now)
	if err != nil {
		return struct{}{}, err
	}
	write := func(ctx context.Context, db bun.IDB) error {
		n, err := touched(replacement(db, r, row).Exec(ctx))
		if n == 0 && err == nil {
			err = errUntouched
		}
		return err
	}
	if slices.Equal(r.Was.Labels, r.Now.Labels) {
		err = write(ctx, s.db.W)
	} else {
		err = s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := write(ctx, tx); err != nil {
				return err
			}
			return replaceLabels(ctx, tx, r.Now)
		})
	}
	switch {
	case errors.Is(err, errUntouched):
		return struct{}{}, s.whyUntouched(ctx, r.Was, task.ErrListNotFound)
	case database.IsForeignKey(err):
		return struct{}{}, task.ErrListNotFound
	}
	return struct{}{}, database.Convert(err)
}

// replacement demands the version that was read, and the list if the task is
// new there.
func replacement(db bun.IDB, r task.TaskReplacement, row *taskRow) *bun.UpdateQuery {
	q := db.NewUpdate().Model(row).ExcludeColumn("user_id", "id").
		Set("earlier = SUBSTR(CONCAT(?, earlier), 1, ?)", hexID(r.Was.Mutation), (task.KeptMutations-1)*hexLength).
		Where("t.user_id = ?", row.UserID).Where("t.id = ?", row.ID).Where("t.version = ?", r.Was.Version)
	restored := r.Was.DeleteTime != nil && r.Now.DeleteTime == nil
	if restored || r.Was.ListID != r.Now.ListID {
		q = q.Where("EXISTS (?)", db.NewSelect().Model((*listRow)(nil)).ColumnExpr("1").
			Where("l.user_id = ?", row.UserID).Where("l.id = ?", row.ListID).Where("l.delete_time IS NULL"))
	}
	return q
}

func replaceLabels(ctx context.Context, tx bun.Tx, t task.Task) error {
	_, err := tx.NewDelete().Model((*labelRow)(nil)).Where("user_id = ?", t.Owner).Where("task_id = ?", t.ID).Exec(ctx)
	if err != nil {
		return err
	}
	return insertLabels(ctx, tx, t)
}

// whyUntouched tells why a write of the version that was read found no row:
// otherwise, if that version is still there.
func (s *Store) whyUntouched(ctx context.Context, was task.Task, otherwise error) error {
	now, err := s.Task(ctx, task.Ref{Owner: was.Owner, ID: was.ID})
	switch {
	case err != nil:
		return err
	case now.Version != was.Version:
		return task.ErrStale
	default:
		return otherwise
	}
}

// RemoveTask is part of task.TaskStore.
func (s *Store) RemoveTask(ctx context.Context, t task.Task) (struct{}, error) {
	err := s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := ofTasks.lower(ctx, tx, t.Owner); err != nil {
			return err
		}
		n, err := touched(tx.NewDelete().Model((*taskRow)(nil)).
			Where("user_id = ?", t.Owner).Where("id = ?", t.ID).Where("version = ?", t.Version).Exec(ctx))
		if n == 0 && err == nil {
			err = errUntouched
		}
		return err
	})
	if errors.Is(err, errUntouched) {
		err = s.whyUntouched(ctx, t, task.ErrStale)
	}
	return struct{}{}, err
}
