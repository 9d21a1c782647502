package taskstore

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// someClosed is how much left-behind work is found at a time.
const someClosed = 100

type cursorRow struct {
	bun.BaseModel `bun:"table:erasure_cursor,alias:c"`

	ID       int64 `bun:",pk"`
	Sequence int64
}

// ClosedLists is part of task.UpkeepStore.
func (s *Store) ClosedLists(ctx context.Context, before time.Time) ([]task.Ref, error) {
	var rows []listRow
	err := s.db.R.NewSelect().Model(&rows).Column("user_id", "id").
		Where("delete_time < ?", before).Order("delete_time").Limit(someClosed).Scan(ctx)
	refs := make([]task.Ref, 0, len(rows))
	for _, r := range rows {
		refs = append(refs, task.Ref{Owner: r.UserID, ID: r.ID})
	}
	return refs, database.Convert(err)
}

// ClosedOwners is part of task.UpkeepStore.
func (s *Store) ClosedOwners(ctx context.Context, before time.Time) ([]ulid.ULID, error) {
	var ids []ulid.ULID
	err := s.db.R.NewSelect().Model((*ownerRow)(nil)).Column("user_id").
		Where("erased = ?", false).Where("delete_time < ?", before).Order("delete_time").Limit(someClosed).Scan(ctx, &ids)
	return ids, database.Convert(err)
}

// ErasureCursor is part of task.CursorStore.
func (s *Store) ErasureCursor(ctx context.Context) (uint64, error) {
	var row cursorRow
	err := s.db.R.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	return uint64(row.Sequence), database.Convert(err) //nolint:gosec // only SaveErasureCursor writes it
}

// SaveErasureCursor is part of task.CursorStore.
func (s *Store) SaveErasureCursor(ctx context.Context, sequence uint64) (struct{}, error) {
	_, err := s.db.W.NewUpdate().Model((*cursorRow)(nil)).Set("sequence = ?", sequence).
		Where("id = 1").Where("sequence < ?", sequence).Exec(ctx)
	return struct{}{}, database.Convert(err)
}
