package userstore

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/user"
)

type accountRow struct {
	bun.BaseModel `bun:"table:users"`

	ID           ulid.ULID `bun:"id,pk"`
	Name         string    `bun:"name"`
	NameKey      string    `bun:"name_key"`
	NickName     string    `bun:"nick_name"`
	PasswordHash string    `bun:"password_hash"`
	UpdateTime   time.Time `bun:"update_time"`
	Version      int64     `bun:"version"`
	Mutation     ulid.ULID `bun:"mutation"`
	Earlier      []byte    `bun:"earlier"` // 16 bytes each
}

func rowOfAccount(a user.Account) *accountRow {
	r := &accountRow{
		ID: a.ID, Name: a.Name, NameKey: a.NameKey, NickName: a.NickName,
		PasswordHash: a.PasswordHash, UpdateTime: a.UpdateTime, Version: a.Version, Mutation: a.Mutation,
		Earlier: []byte{},
	}
	for _, m := range a.Earlier {
		if !m.IsZero() {
			r.Earlier = append(r.Earlier, m[:]...)
		}
	}
	return r
}

func (r *accountRow) account() user.Account {
	a := user.Account{
		User: user.User{
			ID: r.ID, Name: r.Name, NickName: r.NickName, CreateTime: timeOf(r.ID),
			UpdateTime: r.UpdateTime.UTC(), Version: r.Version, Mutation: r.Mutation,
		},
		NameKey: r.NameKey, PasswordHash: r.PasswordHash,
	}
	for i := range a.Earlier {
		n := copy(a.Earlier[i][:], r.Earlier)
		r.Earlier = r.Earlier[n:]
	}
	return a
}

func timeOf(id ulid.ULID) time.Time { return ulid.Time(id.Time()).UTC() }

func (s *Store) CreateAccount(ctx context.Context, a user.Account) error {
	_, err := s.db.W.NewInsert().Model(rowOfAccount(a)).Exec(ctx)
	if database.IsDuplicate(err) {
		return user.ErrNameTaken
	}
	return database.Convert(err)
}

func (s *Store) AccountByID(ctx context.Context, id ulid.ULID) (user.Account, error) {
	return s.find(ctx, "id = ?", id)
}

func (s *Store) AccountByName(ctx context.Context, key string) (user.Account, error) {
	return s.find(ctx, "name_key = ?", key)
}

func (s *Store) find(ctx context.Context, where string, arg any) (user.Account, error) {
	var r accountRow
	err := s.db.R.NewSelect().Model(&r).Where(where, arg).Scan(ctx)
	return r.account(), one(err)
}

func (s *Store) SaveProfile(ctx context.Context, a user.Account) error {
	return portError(save(ctx, s.db.W, a, "nick_name"))
}

// save writes a column, and the marks of a new version, over the version before.
func save(ctx context.Context, db bun.IDB, a user.Account, column string) error {
	return changed(db.NewUpdate().Model(rowOfAccount(a)).
		Column(column, "update_time", "version", "mutation", "earlier").
		Where("id = ?", a.ID).Where("version = ?", a.Version-1).Exec(ctx))
}

func (s *Store) SavePassword(ctx context.Context, in user.PasswordSave) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := save(ctx, tx, in.Account, "password_hash"); err != nil {
			return err
		}
		notKept := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id <> ?", in.Keep) }
		var ended []ulid.ULID
		for _, table := range []any{(*sessionRow)(nil), (*personalTokenRow)(nil)} {
			ids, err := remove(ctx, tx, table, in.Account.ID, notKept)
			if err != nil {
				return err
			}
			ended = append(ended, ids...)
		}
		return revoke(ctx, tx, ended, in.Expires)
	})
}

// DeleteAccount removes the sessions and personal access tokens with the row
// (ON DELETE CASCADE).
func (s *Store) DeleteAccount(ctx context.Context, in user.AccountEnd) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := changed(tx.NewDelete().Model((*accountRow)(nil)).
			Where("id = ?", in.ID).Where("version = ?", in.Version).Exec(ctx))
		if err != nil {
			return err
		}
		_, err = appendTrust(ctx, tx, trustRow{Kind: user.UserDeleted, Subject: in.ID, ExpireTime: in.Expires})
		return err
	})
}
