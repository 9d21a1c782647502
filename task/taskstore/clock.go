package taskstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/task"
)

// The column owners.revision is the clock of an owner. Whoever changes something
// that the owner has takes the owner's row first, and with it the next moments:
// the row is held until the commit, so that moments become visible in their
// order. max(now, last + 1), and not last + 1 alone, because a restored backup
// sets the clock back: a moment that was given after the backup must not come
// again for something else, and by now all of these are past.

// advance runs an UPDATE of one owner's row that takes the next n moments as
// well, and returns the last of them, 0 if the statement has found no row.
func advance(ctx context.Context, db bun.IDB, q *bun.UpdateQuery, now time.Time, n int) (last task.Revision, err error) {
	if !database.IsMySQL(db) {
		_, err = q.Set("revision = MAX(?, revision + 1) + ?", now.UnixMicro(), n-1).Returning("revision").Exec(ctx, &last)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return last, err
	}
	// MySQL cannot return columns, but this one number comes with the result.
	res, err := q.Set("revision = LAST_INSERT_ID(GREATEST(?, revision + 1) + ?)", now.UnixMicro(), n-1).Exec(ctx)
	if found, err := rowsAffected(res, err); found == 0 || err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	return task.Revision(id), err
}

// change runs do in a transaction that changes what an owner has, with the last
// of n moments. It takes the owner's row first: the changes of one owner are
// made one by one.
func (s *Store) change(
	ctx context.Context, owner ulid.ULID, now time.Time, n int, do func(ctx context.Context, tx bun.Tx, last task.Revision) error,
) error {
	return s.ownerTx(ctx, owner, func(ctx context.Context, tx bun.Tx) error {
		last, err := advance(ctx, tx, updateOwner(tx, owner), now, n)
		if err != nil {
			return err
		}
		return do(ctx, tx, last)
	})
}

func updateOwner(db bun.IDB, owner ulid.ULID) *bun.UpdateQuery {
	return db.NewUpdate().Model((*ownerRow)(nil)).Where("user_id = ?", owner)
}

// counter is a column of owners that counts.
type counter string

const (
	taskCounter counter = "tasks"
	listCounter counter = "lists"
)

// decrement counts one less. It is the first statement of a transaction, as
// that of Store.change is.
func (c counter) decrement(ctx context.Context, tx bun.Tx, owner ulid.ULID, now time.Time) error {
	column := bun.Ident(c)
	_, err := advance(ctx, tx, updateOwner(tx, owner).Set("? = ? - 1", column, column), now, 1)
	return err
}

func (s *Store) Revision(ctx context.Context, owner ulid.ULID) (task.Revision, error) {
	revision, err := do(ctx, s.revisions, s.readRevisions, owner)
	return revision, database.Convert(err)
}

// readRevisions reads the revisions of many owners at once.
func (s *Store) readRevisions(ctx context.Context, owners []ulid.ULID) []batch.Result[task.Revision] {
	var rows []ownerRow
	err := s.db.R.NewSelect().Model(&rows).Column("user_id", "revision").Where("user_id IN (?)", bun.List(owners)).Scan(ctx)
	found := make(map[ulid.ULID]task.Revision, len(rows))
	for _, r := range rows {
		found[r.UserID] = r.Revision
	}
	results := make([]batch.Result[task.Revision], len(owners))
	for i, owner := range owners {
		results[i] = batch.Result[task.Revision]{Value: found[owner], Err: err}
	}
	return results
}
