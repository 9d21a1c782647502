package taskstore

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// maxFound is how much unfinished work is found at a time.
const maxFound = 100

type cursorRow struct {
	bun.BaseModel `bun:"table:erasure_cursor,alias:c"`

	ID       int64 `bun:",pk"`
	Sequence int64
}

func (s *Store) DeletedLists(ctx context.Context, before time.Time) ([]task.Ref, error) {
	var rows []listRow
	err := s.db.R.NewSelect().Model(&rows).Column("user_id", "id").
		Where("delete_time < ?", before).Order("delete_time").Limit(maxFound).Scan(ctx)
	refs := make([]task.Ref, 0, len(rows))
	for _, r := range rows {
		refs = append(refs, task.Ref{Owner: r.UserID, ID: r.ID})
	}
	return refs, database.Convert(err)
}

func (s *Store) DeletedOwners(ctx context.Context, before time.Time) ([]ulid.ULID, error) {
	var ids []ulid.ULID
	err := s.db.R.NewSelect().Model((*ownerRow)(nil)).Column("user_id").
		Where("erased = ?", false).Where("delete_time < ?", before).Order("delete_time").Limit(maxFound).Scan(ctx, &ids)
	return ids, database.Convert(err)
}

func (s *Store) DeletionCursor(ctx context.Context) (uint64, error) {
	var row cursorRow
	err := s.db.R.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	return uint64(row.Sequence), database.Convert(err) //nolint:gosec // only SaveDeletionCursor writes it
}

func (s *Store) SaveDeletionCursor(ctx context.Context, sequence uint64) error {
	_, err := s.db.W.NewUpdate().Model((*cursorRow)(nil)).Set("sequence = ?", sequence).
		Where("id = 1").Where("sequence < ?", sequence).Exec(ctx)
	return database.Convert(err)
}
