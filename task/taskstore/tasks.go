package taskstore

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/task"
)

func (s *Store) Task(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	return conditional(ctx, s, r.Owner, r.Known, func() (task.Read[task.Task], error) {
		return do(ctx, s.tasks, s.readTasksByKey, r.Ref)
	})
}

// readTasksByKey reads many tasks at once, each with its owner's revision: in
// one statement, and so all of the same moment.
func (s *Store) readTasksByKey(ctx context.Context, refs []task.Ref) []batch.Result[task.Read[task.Task]] {
	var rows []taskReadRow
	err := byKey(s.db.R.NewSelect().Model(&rows), s.db.R, refs).
		ColumnExpr("?TableColumns").ColumnExpr("o.revision").
		Join("JOIN owners AS o ON o.user_id = t.user_id").Scan(ctx)
	found := make(map[task.Ref]*taskReadRow, len(rows))
	for i := range rows {
		found[task.Ref{Owner: rows[i].UserID, ID: rows[i].ID}] = &rows[i]
	}
	results := make([]batch.Result[task.Read[task.Task]], len(refs))
	for i, r := range refs {
		row, ok := found[r]
		switch {
		case err != nil:
			results[i].Err = err
		case !ok:
			results[i].Err = task.ErrTaskNotFound
		default:
			results[i].Value.Revision = row.Revision
			results[i].Value.Value, results[i].Err = row.task()
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

// replaceTask writes a task in a transaction of its own.
func (s *Store) replaceTask(ctx context.Context, r task.TaskReplacement) (task.Task, error) {
	written := r.Now
	row, err := newTaskRow(r.Now)
	if err != nil {
		return task.Task{}, err
	}
	err = s.change(ctx, r.Now.Owner, r.Now.UpdateTime, 1, func(ctx context.Context, tx bun.Tx, moment task.Revision) error {
		written.UpdateTime, row.UpdateTime = moment.Time(), moment.Time()
		if err := requireRow(replacement(tx, r, row).Exec(ctx)); err != nil {
			return err
		}
		if slices.Equal(r.Was.Labels, r.Now.Labels) {
			return nil
		}
		return replaceLabels(ctx, tx, r.Now)
	})
	switch {
	case err == nil:
		return written, nil
	case errors.Is(err, errNoRow):
		otherwise := error(errs.ErrStaleVersion)
		if needsList(r) {
			otherwise = task.ErrListNotFound
		}
		err = s.whyNoRow(ctx, r.Was, otherwise)
	case database.IsForeignKey(err):
		err = task.ErrListNotFound
	}
	return task.Task{}, err
}

// needsList says whether a task is new in its list, which must be there then.
func needsList(r task.TaskReplacement) bool {
	restored := r.Was.DeleteTime != nil && r.Now.DeleteTime == nil
	return restored || r.Was.ListID != r.Now.ListID
}

// replacement demands the version that was read, and the list if the task is
// new there.
func replacement(db bun.IDB, r task.TaskReplacement, row *taskWriteRow) *bun.UpdateQuery {
	q := earlier(db.NewUpdate().Model(row).ExcludeColumn("user_id", "id"), r.Was.Mutation).
		Where("t.user_id = ?", row.UserID).Where("t.id = ?", row.ID).Where("t.version = ?", r.Was.Version)
	if needsList(r) {
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
	return insertLabels(ctx, tx, labelRows(t))
}

// whyNoRow tells why a write of the version that was read found no row:
// otherwise, if that version is still there.
func (s *Store) whyNoRow(ctx context.Context, was task.Task, otherwise error) error {
	now, err := s.Task(ctx, task.GetTask{Ref: task.Ref{Owner: was.Owner, ID: was.ID}})
	switch {
	case err != nil:
		return err
	case now.Value.Version != was.Version:
		return errs.ErrStaleVersion
	default:
		return otherwise
	}
}

func (s *Store) RemoveTask(ctx context.Context, t task.Task) error {
	err := s.ownerTx(ctx, t.Owner, func(ctx context.Context, tx bun.Tx) error {
		if err := taskCounter.decrement(ctx, tx, t.Owner, t.UpdateTime); err != nil {
			return err
		}
		return requireRow(tx.NewDelete().Model((*taskRow)(nil)).
			Where("user_id = ?", t.Owner).Where("id = ?", t.ID).Where("version = ?", t.Version).Exec(ctx))
	})
	if errors.Is(err, errNoRow) {
		err = s.whyNoRow(ctx, t, errs.ErrStaleVersion)
	}
	return err
}
