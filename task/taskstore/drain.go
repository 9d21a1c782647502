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

func (s *Store) DrainList(ctx context.Context, d task.ListDrain) (done bool, err error) {
	var list listRow
	err = s.db.W.NewSelect().Model(&list).
		Where("user_id = ?", d.Owner).Where("id = ?", d.ID).Where("delete_time IS NOT NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, database.Convert(err)
	}
	var ids []ulid.ULID
	err = s.db.W.NewSelect().Model((*taskRow)(nil)).Column("id").
		Where("user_id = ?", d.Owner).Where("list_id = ?", d.ID).Limit(stepRows).Scan(ctx, &ids)
	switch {
	case err != nil:
		return false, database.Convert(err)
	case len(ids) == 0:
		return s.removeList(ctx, d)
	default:
		return false, s.trashTasks(ctx, d, list.Mutation, ids)
	}
}

// trashTasks moves tasks of a deleted list to the trash, as tasks of the inbox.
// Those that are in the trash already keep the time at which they came there.
func (s *Store) trashTasks(ctx context.Context, d task.ListDrain, mutation ulid.ULID, ids []ulid.ULID) error {
	return s.change(ctx, d.Owner, d.Time, len(ids), func(ctx context.Context, tx bun.Tx, last task.Revision) error {
		moments, args := momentOfEach(ids, last)
		_, err := tx.NewUpdate().Model((*taskRow)(nil)).
			Set("list_id = ?", d.Owner).Set("trashed = ?", true).Set("delete_time = COALESCE(delete_time, ?)", d.Time).
			Set("update_time = "+moments, args...).
			Set("version = version + 1").Set("earlier = SUBSTR(CONCAT(HEX(mutation), earlier), 1, ?)", earlierLength).Set("mutation = ?", mutation).
			Where("user_id = ?", d.Owner).Where("list_id = ?", d.ID).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
}

// momentOfEach is an expression that gives each task a moment of its own, of
// those that end with the last: whoever reads by update time can stop between
// any two tasks.
func momentOfEach(ids []ulid.ULID, last task.Revision) (expression string, args []any) {
	first := last - task.Revision(len(ids)) + 1
	for i, id := range ids {
		args = append(args, id, (first + task.Revision(i)).Time())
	}
	return caseOf("id", len(ids)), args
}

// removeList removes a deleted list that is empty. It may have become otherwise
// again: a create that had seen it before can be late.
func (s *Store) removeList(ctx context.Context, d task.ListDrain) (done bool, err error) {
	err = s.ownerTx(ctx, d.Owner, func(ctx context.Context, tx bun.Tx) error {
		if err := listCounter.decrement(ctx, tx, d.Owner, d.Time); err != nil {
			return err
		}
		return requireRow(tx.NewDelete().Model((*listRow)(nil)).
			Where("user_id = ?", d.Owner).Where("id = ?", d.ID).Where("delete_time IS NOT NULL").Exec(ctx))
	})
	switch {
	case err == nil, errors.Is(err, errNoRow):
		return true, nil
	case database.IsForeignKey(err):
		return false, nil
	default:
		return false, err
	}
}
