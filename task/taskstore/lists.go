package taskstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/task"
)

func (s *Store) List(ctx context.Context, r task.GetList) (task.Read[task.List], error) {
	return conditional(ctx, s, r.Owner, r.Known, func() (task.Read[task.List], error) {
		var row listReadRow
		err := s.db.R.NewSelect().Model(&row).ColumnExpr("?TableColumns").ColumnExpr("o.revision").
			Join("JOIN owners AS o ON o.user_id = l.user_id").
			Where("l.user_id = ?", r.Owner).Where("l.id = ?", r.ID).Where("l.delete_time IS NULL").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			err = task.ErrListNotFound
		}
		return task.Read[task.List]{Revision: row.Revision, Value: row.list()}, err
	})
}

func (s *Store) Lists(ctx context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	return conditional(ctx, s, q.Owner, q.Known, func() (task.Read[task.ListBatch], error) { return s.readLists(ctx, q) })
}

// readLists reads the owner's revision with the inbox, if it is to be read, and
// the other lists, all in one statement.
func (s *Store) readLists(ctx context.Context, q task.ListQuery) (found task.Read[task.ListBatch], err error) {
	var inbox any // none
	limit := int64(q.Limit) + 1
	if q.After == nil {
		inbox = q.Owner
		limit--
	}
	owner := s.db.R.NewSelect().Model((*listReadRow)(nil)).ColumnExpr("?TableColumns").ColumnExpr("o.revision").
		ModelTableExpr("owners AS o").Where("o.user_id = ?", q.Owner).
		Join("LEFT JOIN lists AS l ON l.user_id = o.user_id AND l.id = ? AND l.delete_time IS NULL", inbox)
	rows, err := s.withOwner(ctx, owner, s.otherLists(q).Limit(limit))
	if err != nil {
		return found, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var row listReadRow
		if err := s.db.R.ScanRow(ctx, rows, &row); err != nil {
			return found, err
		}
		if row.Revision != 0 {
			found.Revision = row.Revision
		}
		switch {
		case row.ID.IsZero():
		case len(found.Value.Lists) == q.Limit:
			found.Value.More = true
		default:
			found.Value.Lists = append(found.Value.Lists, row.list())
		}
	}
	return found, rows.Err()
}

// otherLists is the query for the lists that are no inbox.
func (s *Store) otherLists(q task.ListQuery) *bun.SelectQuery {
	query := s.db.R.NewSelect().Model((*listReadRow)(nil)).ColumnExpr("?TableColumns").ColumnExpr("0").
		Where("l.user_id = ?", q.Owner).Where("l.id <> l.user_id").Where("l.delete_time IS NULL").
		Order("l.position", "l.id")
	after := q.After
	switch {
	case after == nil || after.Inbox:
		return query
	case database.IsMySQL(s.db.R):
		return query.Where("(l.position > ? OR (l.position = ? AND l.id > ?))", double(after.Position), double(after.Position), after.ID)
	default:
		return query.Where("(l.position, l.id) > (?, ?)", double(after.Position), after.ID)
	}
}

func (s *Store) ReplaceList(ctx context.Context, r task.ListReplacement) (task.List, error) {
	return s.writeList(ctx, r, newListRow(r.Now))
}

// MarkListDeleted keeps the caller's time, by which DeletedLists finds what was
// left, and which the owner's clock may be ahead of.
func (s *Store) MarkListDeleted(ctx context.Context, r task.ListReplacement) error {
	row := newListRow(r.Now)
	row.DeleteTime = &r.Now.UpdateTime
	_, err := s.writeList(ctx, r, row)
	return err
}

func (s *Store) writeList(ctx context.Context, r task.ListReplacement, row *listRow) (task.List, error) {
	err := s.change(ctx, row.UserID, r.Now.UpdateTime, 1, func(ctx context.Context, tx bun.Tx, moment task.Revision) error {
		row.UpdateTime = moment.Time()
		return requireRow(earlier(tx.NewUpdate().Model(row).ExcludeColumn("user_id", "id"), r.Was.Mutation).
			Where("user_id = ?", row.UserID).Where("id = ?", row.ID).
			Where("version = ?", r.Was.Version).Where("delete_time IS NULL").Exec(ctx))
	})
	if !errors.Is(err, errNoRow) {
		return row.list(), err
	}
	if _, err := s.List(ctx, task.GetList{Ref: task.Ref{Owner: row.UserID, ID: row.ID}}); err != nil {
		return task.List{}, err
	}
	return task.List{}, errs.ErrStaleVersion
}
