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

// List is part of task.ListStore.
func (s *Store) List(ctx context.Context, r task.Ref) (task.List, error) {
	var row listRow
	err := s.db.R.NewSelect().Model(&row).
		Where("user_id = ?", r.Owner).Where("id = ?", r.ID).Where("delete_time IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return task.List{}, task.ErrListNotFound
	}
	return row.list(), database.Convert(err)
}

// Lists is part of task.ListStore.
func (s *Store) Lists(ctx context.Context, scan task.ListScan) (task.ListSlice, error) {
	var found task.ListSlice
	if scan.After == nil {
		inbox, err := s.List(ctx, task.Ref{Owner: scan.Owner, ID: scan.Owner})
		if errors.Is(err, task.ErrListNotFound) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		found.Lists = append(found.Lists, inbox)
	}
	var rows []listRow
	if err := s.others(scan).Limit(int64(scan.Limit+1-len(found.Lists))).Scan(ctx, &rows); err != nil {
		return task.ListSlice{}, database.Convert(err)
	}
	for _, row := range rows {
		if len(found.Lists) == scan.Limit {
			found.More = true
			break
		}
		found.Lists = append(found.Lists, row.list())
	}
	return found, nil
}

// others is the query for the lists that are no inbox.
func (s *Store) others(scan task.ListScan) *bun.SelectQuery {
	q := s.db.R.NewSelect().Model((*listRow)(nil)).
		Where("l.user_id = ?", scan.Owner).Where("l.id <> l.user_id").Where("l.delete_time IS NULL").
		Order("l.position", "l.id")
	p := scan.After
	switch {
	case p == nil || p.Inbox:
		return q
	case database.IsMySQL(s.db.R):
		return q.Where("(l.position > ? OR (l.position = ? AND l.id > ?))", double(p.Position), double(p.Position), p.ID)
	default:
		return q.Where("(l.position, l.id) > (?, ?)", double(p.Position), p.ID)
	}
}

// ReplaceList is part of task.ListStore.
func (s *Store) ReplaceList(ctx context.Context, r task.ListReplacement) (struct{}, error) {
	return struct{}{}, s.writeList(ctx, r, newListRow(r.Now))
}

// CloseList is part of task.ListStore.
func (s *Store) CloseList(ctx context.Context, r task.ListReplacement) (struct{}, error) {
	row := newListRow(r.Now)
	row.DeleteTime = &r.Now.UpdateTime
	return struct{}{}, s.writeList(ctx, r, row)
}

func (s *Store) writeList(ctx context.Context, r task.ListReplacement, row *listRow) error {
	err := s.tx(ctx, row.UserID, func(ctx context.Context, tx bun.Tx) error {
		return found(tx.NewUpdate().Model(row).
			Where("user_id = ?", row.UserID).Where("id = ?", row.ID).
			Where("version = ?", r.Was.Version).Where("delete_time IS NULL").Exec(ctx))
	})
	if !errors.Is(err, errUntouched) {
		return err
	}
	if _, err := s.List(ctx, task.Ref{Owner: row.UserID, ID: row.ID}); err != nil {
		return err
	}
	return errs.ErrStaleVersion
}
