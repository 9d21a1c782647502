package taskstore

import (
	"context"
	"crypto/rand"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
)

// newRevision returns what no state has been called before, in this database
// or in one that a backup may bring back: a counter would come to the same
// values again.
func newRevision() ulid.ULID {
	var r ulid.ULID
	_, _ = rand.Read(r[:]) // never fails
	return r
}

// tx runs do in a transaction that changes what an owner has. It takes the
// owner's row first, and so the changes of one owner are made one by one.
func (s *Store) tx(ctx context.Context, owner ulid.ULID, do func(context.Context, bun.Tx) error) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*ownerRow)(nil)).Set("revision = ?", newRevision()).Where("user_id = ?", owner).Exec(ctx)
		if err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// Revision is part of task.RevisionStore.
func (s *Store) Revision(ctx context.Context, owner ulid.ULID) (ulid.ULID, error) {
	revision, err := s.revisions.Do(ctx, owner)
	return revision, database.Convert(err)
}

// readRevisions reads the revisions of many owners at once.
func (s *Store) readRevisions(ctx context.Context, owners []ulid.ULID) []batch.Result[ulid.ULID] {
	var rows []ownerRow
	err := s.db.R.NewSelect().Model(&rows).Column("user_id", "revision").Where("user_id IN (?)", bun.List(owners)).Scan(ctx)
	found := make(map[ulid.ULID]ulid.ULID, len(rows))
	for _, r := range rows {
		found[r.UserID] = r.Revision
	}
	results := make([]batch.Result[ulid.ULID], len(owners))
	for i, owner := range owners {
		results[i] = batch.Result[ulid.ULID]{Value: found[owner], Err: err}
	}
	return results
}
