package userstore

import (
	"context"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/casefold"
	"todokit/pkg/database"
)

// Collision is an account whose name is alike to another's since names are
// compared without regard to case in every script. It keeps the NameKey of before.
type Collision struct{ ID, Other ulid.ULID }

// foldRows is how many accounts are looked at in one statement.
const foldRows = 1000

// FoldNames gives the accounts of earlier versions the NameKey that package
// casefold returns, and returns those whose new one is another account's. It may
// be interrupted and repeated.
func (s *Store) FoldNames(ctx context.Context) ([]Collision, error) {
	var collisions []Collision
	for after := (ulid.ULID{}); ; {
		rows, err := s.namesAfter(ctx, after)
		if err != nil || len(rows) == 0 {
			return collisions, database.Convert(err)
		}
		for _, r := range rows {
			other, err := s.foldName(ctx, r)
			if err != nil {
				return nil, database.Convert(err)
			}
			if !other.IsZero() {
				collisions = append(collisions, Collision{r.ID, other})
			}
		}
		after = rows[len(rows)-1].ID
	}
}

// namesAfter returns the next accounts whose names are not of ASCII alone: the
// others were folded from the beginning.
func (s *Store) namesAfter(ctx context.Context, after ulid.ULID) ([]accountRow, error) {
	bytes, characters := bun.Safe("LENGTH(CAST(name_key AS BLOB))"), bun.Safe("LENGTH(name_key)")
	if database.IsMySQL(s.db.R) {
		bytes, characters = "LENGTH(name_key)", "CHAR_LENGTH(name_key)"
	}
	var rows []accountRow
	err := s.db.R.NewSelect().Model(&rows).Column("id", "name_key").Where("id > ?", after).
		Where("? <> ?", bytes, characters).Order("id").Limit(foldRows).Scan(ctx)
	return rows, err
}

// foldName returns the account that has the folded name already, zero if there is
// none. No account is changed but for its key: this is no new version.
func (s *Store) foldName(ctx context.Context, r accountRow) (other ulid.ULID, err error) {
	key := casefold.String(r.NameKey)
	if key == r.NameKey {
		return other, nil
	}
	_, err = s.db.W.NewUpdate().Model((*accountRow)(nil)).Set("name_key = ?", key).
		Where("id = ?", r.ID).Where("name_key = ?", r.NameKey).Exec(ctx)
	if !database.IsDuplicate(err) {
		return other, err
	}
	err = s.db.W.NewSelect().Model((*accountRow)(nil)).Column("id").Where("name_key = ?", key).Scan(ctx, &other)
	return other, err
}
