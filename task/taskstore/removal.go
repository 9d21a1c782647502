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

// EmptyList is part of task.ListStore.
func (s *Store) EmptyList(ctx context.Context, e task.Emptying) (done bool, err error) {
	var list listRow
	err = s.db.W.NewSelect().Model(&list).
		Where("user_id = ?", e.Owner).Where("id = ?", e.ID).Where("delete_time IS NOT NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, database.Convert(err)
	}
	var ids []ulid.ULID
	err = s.someTasks(e.Owner).Where("list_id = ?", e.ID).Scan(ctx, &ids)
	switch {
	case err != nil:
		return false, database.Convert(err)
	case len(ids) == 0:
		return s.removeList(ctx, e.Ref)
	default:
		return false, s.trash(ctx, e, list.Mutation, ids)
	}
}

// someTasks is the query for the ids of a batch of an owner's tasks.
func (s *Store) someTasks(owner ulid.ULID) *bun.SelectQuery {
	return s.db.W.NewSelect().Model((*taskRow)(nil)).Column("id").Where("user_id = ?", owner).Limit(someRows)
}

// trash moves tasks of a closed list to the trash, as tasks of the inbox. Those
// that are in the trash already keep the time at which they came there.
func (s *Store) trash(ctx context.Context, e task.Emptying, mutation ulid.ULID, ids []ulid.ULID) error {
	return s.tx(ctx, e.Owner, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*taskRow)(nil)).
			Set("list_id = ?", e.Owner).Set("trashed = ?", true).Set("delete_time = COALESCE(delete_time, ?)", e.Time).
			Set("update_time = CASE WHEN update_time < ? THEN ? ELSE update_time END", e.Time, e.Time).
			Set("version = version + 1").Set("earlier = ''").Set("mutation = ?", mutation).
			Where("user_id = ?", e.Owner).Where("list_id = ?", e.ID).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
}

// removeList removes a closed list that is empty. It may have become otherwise
// again: a create that had seen it open can be late.
func (s *Store) removeList(ctx context.Context, r task.Ref) (done bool, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := ofLists.lower(ctx, tx, r.Owner); err != nil {
			return err
		}
		return found(tx.NewDelete().Model((*listRow)(nil)).
			Where("user_id = ?", r.Owner).Where("id = ?", r.ID).Where("delete_time IS NOT NULL").Exec(ctx))
	})
	switch {
	case err == nil, errors.Is(err, errUntouched):
		return true, nil
	case database.IsForeignKey(err):
		return false, nil
	default:
		return false, err
	}
}

// CloseOwner is part of task.OwnerStore. An owner who is not known yet may come
// to be known between the two statements, but only once.
func (s *Store) CloseOwner(ctx context.Context, c task.Closing) (struct{}, error) {
	for {
		n, err := touched(s.db.W.NewUpdate().Model((*ownerRow)(nil)).
			Set("delete_time = COALESCE(delete_time, ?)", c.Time).Set("revision = ?", newRevision()).Where("user_id = ?", c.Owner).Exec(ctx))
		if n > 0 || err != nil {
			return struct{}{}, database.Convert(err)
		}
		_, err = s.db.W.NewInsert().Model(&ownerRow{UserID: c.Owner, DeleteTime: &c.Time, Revision: newRevision()}).Exec(ctx)
		if !database.IsDuplicate(err) {
			return struct{}{}, database.Convert(err)
		}
	}
}

// EraseOwner is part of task.OwnerStore. Tasks go first, since they refer to
// lists; nothing is added meanwhile, since the owner is closed.
func (s *Store) EraseOwner(ctx context.Context, owner ulid.ULID) (done bool, err error) {
	var o ownerRow
	err = s.db.W.NewSelect().Model(&o).Where("user_id = ?", owner).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (o.DeleteTime == nil || o.Erased) {
		return true, nil
	}
	if err != nil {
		return false, database.Convert(err)
	}
	for _, erase := range []func(context.Context, ulid.ULID) (bool, error){s.eraseTasks, s.eraseLists, s.eraseAnswers} {
		if some, err := erase(ctx, owner); some || err != nil {
			return false, database.Convert(err)
		}
	}
	_, err = s.db.W.NewUpdate().Model(&ownerRow{UserID: owner, DeleteTime: o.DeleteTime, Erased: true, Revision: newRevision()}).
		Where("user_id = ?", owner).Exec(ctx)
	return err == nil, database.Convert(err)
}

func (s *Store) eraseTasks(ctx context.Context, owner ulid.ULID) (some bool, err error) {
	var ids []ulid.ULID
	err = s.someTasks(owner).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return true, s.tx(ctx, owner, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*taskRow)(nil)).Where("user_id = ?", owner).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
}

func (s *Store) eraseLists(ctx context.Context, owner ulid.ULID) (some bool, err error) {
	var ids []ulid.ULID
	err = s.db.W.NewSelect().Model((*listRow)(nil)).Column("id").Where("user_id = ?", owner).Limit(someRows).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	return true, s.tx(ctx, owner, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*listRow)(nil)).Where("user_id = ?", owner).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
}

func (s *Store) eraseAnswers(ctx context.Context, owner ulid.ULID) (some bool, err error) {
	var hashes [][]byte
	err = s.db.W.NewSelect().Model((*answerRow)(nil)).Column("key_hash").Where("user_id = ?", owner).Limit(someRows).Scan(ctx, &hashes)
	if err != nil || len(hashes) == 0 {
		return false, err
	}
	_, err = s.db.W.NewDelete().Model((*answerRow)(nil)).Where("user_id = ?", owner).Where("key_hash IN (?)", bun.List(hashes)).Exec(ctx)
	return true, err
}
