package taskstore

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

type erasureRow struct {
	bun.BaseModel `bun:"table:erasures,alias:e"`

	UserID   ulid.ULID `bun:",pk"`
	DueTime  time.Time
	Revision task.Revision
}

func (r *erasureRow) erasure() task.Erasure {
	return task.Erasure{Owner: r.UserID, Due: r.DueTime.UTC(), Revision: r.Revision}
}

// dueErasureRow is an erasure with the state of its owner.
type dueErasureRow struct {
	bun.BaseModel `bun:"table:erasures,alias:e"`

	erasureRow
	Present    task.Revision `bun:",scanonly"`
	DeleteTime *time.Time    `bun:",scanonly"`
}

// NoteErasures may find that another instance has added the same ones meanwhile:
// then both say that they have.
func (s *Store) NoteErasures(ctx context.Context, n task.ErasuresNote) ([]task.Erasure, error) {
	if len(n.Owners) == 0 {
		return nil, nil
	}
	var rows []erasureRow
	err := s.db.W.NewSelect().Model((*ownerRow)(nil)).Column("user_id", "revision").
		Where("o.user_id IN (?)", bun.List(n.Owners)).Where("o.delete_time IS NULL").
		Where("NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.user_id = o.user_id)").Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, database.Convert(err)
	}
	added := make([]task.Erasure, len(rows))
	for i := range rows {
		rows[i].DueTime = n.Due
		added[i] = rows[i].erasure()
	}
	_, err = s.db.W.NewInsert().Model(&rows).Ignore().Exec(ctx)
	return added, database.Convert(err)
}

func (s *Store) DueErasures(ctx context.Context, by time.Time) ([]task.DueErasure, error) {
	var rows []dueErasureRow
	err := s.db.W.NewSelect().Model(&rows).ColumnExpr("e.*, COALESCE(o.revision, 0) AS present, o.delete_time").
		Join("LEFT JOIN owners AS o ON o.user_id = e.user_id").
		Where("e.due_time <= ?", by).Order("e.due_time").Limit(maxFound).Scan(ctx)
	due := make([]task.DueErasure, len(rows))
	for i := range rows {
		due[i] = task.DueErasure{Erasure: rows[i].erasure(), Present: rows[i].Present, Marked: rows[i].DeleteTime != nil}
	}
	return due, database.Convert(err)
}

func (s *Store) PostponeErasure(ctx context.Context, e task.Erasure) error {
	_, err := s.db.W.NewUpdate().Model((*erasureRow)(nil)).Set("due_time = ?", e.Due).Set("revision = ?", e.Revision).
		Where("user_id = ?", e.Owner).Exec(ctx)
	return database.Convert(err)
}

func (s *Store) RemoveErasure(ctx context.Context, owner ulid.ULID) (bool, error) {
	n, err := rowsAffected(s.db.W.NewDelete().Model((*erasureRow)(nil)).Where("user_id = ?", owner).Exec(ctx))
	return n > 0, database.Convert(err)
}

func (s *Store) CountErasures(ctx context.Context) (int, error) {
	n, err := s.db.R.NewSelect().Model((*erasureRow)(nil)).Count(ctx)
	return int(n), database.Convert(err)
}
