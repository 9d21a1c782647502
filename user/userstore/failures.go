package userstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/user"
)

type failuresRow struct {
	bun.BaseModel `bun:"table:failures"`

	ID         []byte    `bun:"id,pk"`
	Failures   int       `bun:"failures"`
	SinceTime  time.Time `bun:"since_time"`
	UntilTime  time.Time `bun:"until_time"`
	ExpireTime time.Time `bun:"expire_time"`
}

// noDelay stands for the zero Until, which MySQL cannot hold.
func noDelay() time.Time { return time.Unix(0, 0).UTC() }

func rowOfFailures(f user.Failures) *failuresRow {
	r := &failuresRow{ID: f.Key[:], Failures: f.Count, SinceTime: f.Since, UntilTime: f.Until, ExpireTime: f.Expires}
	if f.Until.IsZero() {
		r.UntilTime = noDelay()
	}
	return r
}

func (r *failuresRow) value() user.Failures {
	f := user.Failures{Count: r.Failures, Since: r.SinceTime.UTC(), Until: r.UntilTime.UTC(), Expires: r.ExpireTime.UTC()}
	if f.Until.Equal(noDelay()) {
		f.Until = time.Time{}
	}
	copy(f.Key[:], r.ID)
	return f
}

// Now returns the time of the database server, UTC; that of an SQLite file is the
// process's. It is a user.Clock.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	if !database.IsMySQL(s.db.R) {
		return time.Now().UTC(), nil
	}
	err = s.db.R.NewSelect().ColumnExpr("UTC_TIMESTAMP(6)").Scan(ctx, &now)
	return now.UTC(), portError(err)
}

func (s *Store) Failures(ctx context.Context, keys []user.FailureKey) ([]user.Failures, error) {
	return failures(ctx, s.db.R, keys, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
}

func failures(ctx context.Context, db bun.IDB, keys []user.FailureKey, apply func(*bun.SelectQuery) *bun.SelectQuery) ([]user.Failures, error) {
	ids := make([][]byte, len(keys))
	for i := range keys {
		ids[i] = keys[i][:]
	}
	var rows []failuresRow
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Order("id").Apply(apply).Scan(ctx); err != nil {
		return nil, portError(err)
	}
	all := make([]user.Failures, len(rows))
	for i := range rows {
		all[i] = rows[i].value()
	}
	return all, nil
}

// CountFailure inserts the rows before it locks them, and locks them in one
// order: gaps that many lock at once make deadlocks.
func (s *Store) CountFailure(ctx context.Context, in user.FailureCount) (wait time.Duration, err error) {
	keys := make([]user.FailureKey, len(in.Limits))
	for i, l := range in.Limits {
		keys[i] = l.Key
	}
	slices.SortFunc(keys, func(a, b user.FailureKey) int { return slices.Compare(a[:], b[:]) })
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, key := range keys {
			blank := user.Failures{Key: key, Since: in.Now, Expires: in.Now}
			if err := insertBlank(ctx, tx, blank); err != nil {
				return err
			}
		}
		all, err := failures(ctx, tx, keys, forUpdate)
		if err != nil {
			return err
		}
		if wait = in.Wait(all); wait > 0 {
			return nil
		}
		return countAll(ctx, tx, all, in)
	})
	return wait, err
}

func insertBlank(ctx context.Context, tx bun.Tx, f user.Failures) error {
	q := tx.NewInsert().Model(rowOfFailures(f))
	if database.IsMySQL(tx) {
		// It locks the row that is there, where IGNORE would only share it.
		q.On("DUPLICATE KEY UPDATE").Set("failures = failures")
	} else {
		q.On("CONFLICT DO NOTHING")
	}
	_, err := q.Exec(ctx)
	return err
}

func countAll(ctx context.Context, tx bun.Tx, all []user.Failures, in user.FailureCount) error {
	for _, f := range all {
		for _, l := range in.Limits {
			if l.Key == f.Key {
				f = f.Fail(in.Now, l)
			}
		}
		if _, err := tx.NewUpdate().Model(rowOfFailures(f)).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) SaveFailures(ctx context.Context, f user.Failures) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertBlank(ctx, tx, f); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model(rowOfFailures(f)).WherePK().Exec(ctx)
		return err
	})
}

func (s *Store) ForgetFailures(ctx context.Context, key user.FailureKey) error {
	_, err := s.db.W.NewDelete().Model((*failuresRow)(nil)).Where("id = ?", key[:]).Exec(ctx)
	return portError(err)
}

func (s *Store) PruneFailures(ctx context.Context, before time.Time) (int, error) {
	var ids [][]byte
	err := s.db.R.NewSelect().Model((*failuresRow)(nil)).Column("id").
		Where("expire_time < ?", before).Limit(user.PruneBatch).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, portError(err)
	}
	return count(s.db.W.NewDelete().Model((*failuresRow)(nil)).
		Where("id IN (?)", bun.List(ids)).Where("expire_time < ?", before).Exec(ctx))
}
