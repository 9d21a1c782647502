package userstore

import (
	"context"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/user"
)

type personalTokenRow struct {
	bun.BaseModel `bun:"table:personal_tokens"`

	ID         ulid.ULID `bun:"id,pk"`
	UserID     ulid.ULID `bun:"user_id"`
	Parent     ulid.ULID `bun:"parent"` // zero: none
	Name       string    `bun:"name"`
	Scopes     string    `bun:"scopes"` // with spaces between them
	SecretHash []byte    `bun:"secret_hash"`
	UseTime    time.Time `bun:"use_time,nullzero"`
	ExpireTime time.Time `bun:"expire_time,nullzero"`
}

func rowOfPersonalToken(in user.PersonalTokenSave) *personalTokenRow {
	scopes := make([]string, len(in.Token.Scopes))
	for i, s := range in.Token.Scopes {
		scopes[i] = string(s)
	}
	return &personalTokenRow{
		ID: in.Token.ID, UserID: in.Token.Owner, Parent: in.Token.Parent, Name: in.Token.Name, Scopes: strings.Join(scopes, " "),
		SecretHash: in.Secret[:], UseTime: in.Token.UseTime, ExpireTime: in.Token.Expires,
	}
}

func (r *personalTokenRow) token() user.PersonalToken {
	t := user.PersonalToken{
		ID: r.ID, Owner: r.UserID, Parent: r.Parent, Name: r.Name, CreateTime: timeOf(r.ID),
		UseTime: r.UseTime.UTC(), Expires: r.ExpireTime.UTC(),
	}
	for s := range strings.FieldsSeq(r.Scopes) {
		t.Scopes = append(t.Scopes, user.Scope(s))
	}
	return t
}

// SavePersonalToken locks the account's row, so that of many at the same time
// not too many are saved, and that of the parent or the session: what is asked
// for by somebody whose access is just being ended is not made.
func (s *Store) SavePersonalToken(ctx context.Context, in user.PersonalTokenSave) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var owner ulid.ULID
		account := tx.NewSelect().Model((*accountRow)(nil)).Column("id").Where("id = ?", in.Token.Owner)
		if err := one(forUpdate(account).Scan(ctx, &owner)); err != nil {
			return err
		}
		if err := lockThrough(ctx, tx, in); err != nil {
			return err
		}
		others, err := live(tx.NewSelect().Model((*personalTokenRow)(nil)), owner, in.Now).
			Where("id <> ?", in.Token.ID).Count(ctx)
		if err != nil {
			return err
		}
		if others >= user.MaxPersonalTokens {
			return user.ErrTokenLimit
		}
		r := rowOfPersonalToken(in)
		_, err = tx.NewInsert().Model(r).Exec(ctx)
		if database.IsDuplicate(err) {
			return replaceOwn(ctx, tx, r, r.UserID, r.ID, func(q *bun.UpdateQuery) *bun.UpdateQuery {
				return q.Where("parent = ?", r.Parent)
			})
		}
		return err
	})
}

// lockThrough returns ErrNotFound if the parent, or the session, is gone.
func lockThrough(ctx context.Context, tx bun.Tx, in user.PersonalTokenSave) error {
	var table any = (*sessionRow)(nil)
	if !in.Token.Parent.IsZero() {
		table = (*personalTokenRow)(nil)
	}
	var id ulid.ULID
	q := tx.NewSelect().Model(table).Column("id").Where("user_id = ?", in.Token.Owner).Where("id = ?", in.Through)
	return one(forUpdate(q).Scan(ctx, &id))
}

// live selects the owner's tokens that have not expired.
func live(q *bun.SelectQuery, owner ulid.ULID, now time.Time) *bun.SelectQuery {
	return q.Where("user_id = ?", owner).Where("expire_time IS NULL OR expire_time > ?", now)
}

func (s *Store) PersonalTokensOf(ctx context.Context, in user.SessionQuery) ([]user.PersonalToken, error) {
	var rows []personalTokenRow
	if err := live(s.db.R.NewSelect().Model(&rows), in.Owner, in.Now).Order("id DESC").Scan(ctx); err != nil {
		return nil, portError(err)
	}
	return tokensOf(rows), nil
}

func (s *Store) PersonalTokenBySecret(ctx context.Context, hash [32]byte) (user.PersonalToken, error) {
	var r personalTokenRow
	err := s.db.R.NewSelect().Model(&r).Where("secret_hash = ?", hash[:]).Scan(ctx)
	return r.token(), one(err)
}

func (s *Store) NoteTokenUse(ctx context.Context, in user.TokenUse) error {
	_, err := s.db.W.NewUpdate().Model((*personalTokenRow)(nil)).Set("use_time = ?", in.Time).
		Where("user_id = ?", in.Owner).Where("id = ?", in.ID).Exec(ctx)
	return portError(err)
}

func (s *Store) EndPersonalToken(ctx context.Context, in user.SessionsEnd) (n int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []personalTokenRow
		if err := forUpdate(tx.NewSelect().Model(&rows).Where("user_id = ?", in.Owner)).Scan(ctx); err != nil {
			return err
		}
		ids := user.WithDescendants(tokensOf(rows), in.ID)
		n = len(ids)
		if err := removeByID(ctx, tx, (*personalTokenRow)(nil), in.Owner, ids); err != nil {
			return err
		}
		return revoke(ctx, tx, ids, in.Expires)
	})
	return n, err
}

func tokensOf(rows []personalTokenRow) []user.PersonalToken {
	tokens := make([]user.PersonalToken, len(rows))
	for i := range rows {
		tokens[i] = rows[i].token()
	}
	return tokens
}

func (s *Store) PrunePersonalTokens(ctx context.Context, before time.Time) (int, error) {
	var ids []ulid.ULID
	err := s.db.R.NewSelect().Model((*personalTokenRow)(nil)).Column("id").
		Where("expire_time < ?", before).Limit(user.PruneBatch).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, portError(err)
	}
	return count(s.db.W.NewDelete().Model((*personalTokenRow)(nil)).
		Where("id IN (?)", bun.List(ids)).Where("expire_time < ?", before).Exec(ctx))
}
