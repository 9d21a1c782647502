package taskstore

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/task"
)

// maxFound is how much unfinished work is found at a time.
const maxFound = 100

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
