package taskstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// findOwner returns task.ErrOwnerUnknown or task.ErrOwnerGone for one for whom
// nothing can be created.
func findOwner(ctx context.Context, q *bun.SelectQuery, owner ulid.ULID) (ownerRow, error) {
	var o ownerRow
	err := q.Model(&o).Where("user_id = ?", owner).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return o, task.ErrOwnerUnknown
	case err == nil && o.DeleteTime != nil:
		return o, task.ErrOwnerGone
	default:
		return o, err
	}
}

// OpenOwner starts the owner's clock with the inbox.
func (s *Store) OpenOwner(ctx context.Context, inbox task.List) error {
	err := s.ownerTx(ctx, inbox.Owner, func(ctx context.Context, tx bun.Tx) error {
		o := &ownerRow{UserID: inbox.Owner, Lists: 1, Revision: task.Revision(inbox.UpdateTime.UnixMicro())}
		if _, err := tx.NewInsert().Model(o).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(newListRow(inbox)).Exec(ctx)
		return err
	})
	if database.IsDuplicate(err) {
		_, err = findOwner(ctx, s.db.R.NewSelect(), inbox.Owner)
		err = database.Convert(err)
	}
	return err
}

// MarkOwnerDeleted may find that an owner who is not known yet comes to be
// known between its two statements, but only once.
func (s *Store) MarkOwnerDeleted(ctx context.Context, d task.OwnerDeletion) error {
	for {
		q := updateOwner(s.db.W, d.Owner).Set("delete_time = COALESCE(delete_time, ?)", d.Time)
		moment, err := advance(ctx, s.db.W, q, d.Time, 1)
		if moment != 0 || err != nil {
			return database.Convert(err)
		}
		o := &ownerRow{UserID: d.Owner, DeleteTime: &d.Time, Revision: task.Revision(d.Time.UnixMicro())}
		_, err = s.db.W.NewInsert().Model(o).Exec(ctx)
		if !database.IsDuplicate(err) {
			return database.Convert(err)
		}
	}
}

// PurgeOwner removes tasks first, since they refer to lists; nothing is added
// meanwhile, since the owner is marked as deleted.
func (s *Store) PurgeOwner(ctx context.Context, owner ulid.ULID) (done bool, err error) {
	var o ownerRow
	err = s.db.W.NewSelect().Model(&o).Where("user_id = ?", owner).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (o.DeleteTime == nil || o.Purged) {
		return true, nil
	}
	if err != nil {
		return false, database.Convert(err)
	}
	for _, model := range []any{(*taskRow)(nil), (*listRow)(nil)} {
		if some, err := s.purgeRows(ctx, o, model); some || err != nil {
			return false, database.Convert(err)
		}
	}
	if some, err := s.purgeIdempotencyKeys(ctx, owner); some || err != nil {
		return false, database.Convert(err)
	}
	q := updateOwner(s.db.W, owner).Set("tasks = 0").Set("lists = 0").Set("erased = ?", true)
	_, err = advance(ctx, s.db.W, q, *o.DeleteTime, 1)
	return err == nil, database.Convert(err)
}

// purgeRows removes some of an owner's tasks or lists. The time of the deletion
// stands for now: nobody keeps copies for an account that is gone.
func (s *Store) purgeRows(ctx context.Context, o ownerRow, model any) (some bool, err error) {
	var ids []ulid.ULID
	err = s.db.W.NewSelect().Model(model).Column("id").Where("user_id = ?", o.UserID).Limit(stepRows).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return true, s.change(ctx, o.UserID, *o.DeleteTime, 1, func(ctx context.Context, tx bun.Tx, _ task.Revision) error {
		_, err := tx.NewDelete().Model(model).Where("user_id = ?", o.UserID).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
}

func (s *Store) purgeIdempotencyKeys(ctx context.Context, owner ulid.ULID) (some bool, err error) {
	var hashes [][]byte
	err = s.db.W.NewSelect().Model((*idempotencyRow)(nil)).Column("key_hash").Where("user_id = ?", owner).Limit(stepRows).Scan(ctx, &hashes)
	if err != nil || len(hashes) == 0 {
		return false, err
	}
	_, err = s.db.W.NewDelete().Model((*idempotencyRow)(nil)).Where("user_id = ?", owner).Where("key_hash IN (?)", bun.List(hashes)).Exec(ctx)
	return true, err
}
