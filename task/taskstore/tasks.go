package taskstore

import (
	"context"
	"errors"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

// Task is part of task.TaskStore.
func (s *Store) Task(ctx context.Context, r task.Ref) (task.Task, error) {
	found, err := s.Snapshot(ctx, r)
	return found.Task, err
}

// Snapshot is part of task.TaskStore.
func (s *Store) Snapshot(ctx context.Context, r task.Ref) (task.Snapshot, error) {
	found, err := s.reads.Do(ctx, r)
	return found, database.Convert(err)
}

// snapshotRow is a task with its owner's revision.
type snapshotRow struct {
	bun.BaseModel `bun:"table:tasks,alias:t"`

	taskRow
	Revision ulid.ULID `bun:",scanonly"`
}

// readSnapshots reads many tasks at once, each by its key: in one statement,
// and so all of the same moment.
func (s *Store) readSnapshots(ctx context.Context, refs []task.Ref) []batch.Result[task.Snapshot] {
	var rows []snapshotRow
	err := byKey(s.db.R.NewSelect().Model(&rows), s.db.R, refs).
		ColumnExpr("?TableColumns").ColumnExpr("o.revision").
		Join("JOIN owners AS o ON o.user_id = t.user_id").Scan(ctx)
	found := make(map[task.Ref]*snapshotRow, len(rows))
	for i := range rows {
		found[task.Ref{Owner: rows[i].UserID, ID: rows[i].ID}] = &rows[i]
	}
	results := make([]batch.Result[task.Snapshot], len(refs))
	for i, r := range refs {
		row, ok := found[r]
		switch {
		case err != nil:
			results[i].Err = err
		case !ok:
			results[i].Err = task.ErrTaskNotFound
		default:
			results[i].Value.Revision = row.Revision
			results[i].Value.Task, results[i].Err = row.task()
		}
	}
	return results
}

// byKey selects tasks by their keys. The databases follow the primary key for
// alternatives of whole keys, though not all for a list of pairs. MySQL has to be
// told that it is the primary key: it would weigh each alternative against each
// of the table's keys, for four times as long as it takes to read the rows.
func byKey(q *bun.SelectQuery, db bun.IDB, refs []task.Ref) *bun.SelectQuery {
	if database.IsMySQL(db) {
		q = q.ForceIndex("PRIMARY")
	}
	for _, r := range refs {
		q = q.WhereOr("(t.user_id = ? AND t.id = ?)", r.Owner, r.ID)
	}
	return q
}

// replaceAlone writes a task in a transaction of its own.
func (s *Store) replaceAlone(ctx context.Context, r task.TaskReplacement) error {
	row, err := newTaskRow(r.Now)
	if err != nil {
		return err
	}
	err = s.tx(ctx, r.Now.Owner, func(ctx context.Context, tx bun.Tx) error {
		if err := found(replacement(tx, r, row).Exec(ctx)); err != nil {
			return err
		}
		if slices.Equal(r.Was.Labels, r.Now.Labels) {
			return nil
		}
		return replaceLabels(ctx, tx, r.Now)
	})
	switch {
	case errors.Is(err, errUntouched):
		return s.whyUntouched(ctx, r.Was, task.ErrListNotFound)
	case database.IsForeignKey(err):
		return task.ErrListNotFound
	}
	return err
}

// replacement demands the version that was read, and the list if the task is
// new there.
func replacement(db bun.IDB, r task.TaskReplacement, row *taskRow) *bun.UpdateQuery {
	q := db.NewUpdate().Model(row).ExcludeColumn("user_id", "id").
		Set("earlier = SUBSTR(CONCAT(?, earlier), 1, ?)", hexID(r.Was.Mutation), (mutation.Remembered-1)*hexLength).
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
		return errs.ErrStaleVersion
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
		return found(tx.NewDelete().Model((*taskRow)(nil)).
			Where("user_id = ?", t.Owner).Where("id = ?", t.ID).Where("version = ?", t.Version).Exec(ctx))
	})
	if errors.Is(err, errUntouched) {
		err = s.whyUntouched(ctx, t, errs.ErrStaleVersion)
	}
	return struct{}{}, err
}
