package userstore

import (
	"cmp"
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/user"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	ID           ulid.ULID `bun:"id,pk"`
	UserID       ulid.ULID `bun:"user_id"`
	UserAgent    string    `bun:"user_agent"`
	Address      string    `bun:"address"`
	UseTime      time.Time `bun:"use_time"`
	ExpireTime   time.Time `bun:"expire_time"`
	Generation   uint32    `bun:"generation"`
	FamilyHash   []byte    `bun:"family_hash"`
	SecretHash   []byte    `bun:"secret_hash"`
	PreviousHash []byte    `bun:"previous_hash"`
	Salt         []byte    `bun:"salt"`
}

func rowOfSession(s user.StoredSession) *sessionRow {
	return &sessionRow{
		ID: s.ID, UserID: s.Owner, UserAgent: s.UserAgent, Address: s.Address,
		UseTime: s.UseTime, ExpireTime: s.Expires, Generation: s.Generation,
		FamilyHash: s.Family[:], SecretHash: s.Secret[:], PreviousHash: s.Previous[:], Salt: s.Salt[:],
	}
}

func (r *sessionRow) session() user.Session {
	return user.Session{
		ID: r.ID, Owner: r.UserID, UserAgent: r.UserAgent, Address: r.Address,
		CreateTime: timeOf(r.ID), UseTime: r.UseTime.UTC(), Expires: r.ExpireTime.UTC(),
	}
}

func (r *sessionRow) stored() user.StoredSession {
	s := user.StoredSession{Session: r.session(), Generation: r.Generation}
	copy(s.Family[:], r.FamilyHash)
	copy(s.Secret[:], r.SecretHash)
	copy(s.Previous[:], r.PreviousHash)
	copy(s.Salt[:], r.Salt)
	return s
}

// StartSession locks the account's row, so that no session starts with a
// password that is being changed.
func (s *Store) StartSession(ctx context.Context, in user.SessionStart) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var hash string
		q := tx.NewSelect().Model((*accountRow)(nil)).Column("password_hash").Where("id = ?", in.Session.Owner)
		if err := one(forUpdate(q).Scan(ctx, &hash)); err != nil {
			return err
		}
		if hash != in.PasswordHash {
			return user.ErrNotFound
		}
		r := rowOfSession(in.Session)
		_, err := tx.NewInsert().Model(r).Exec(ctx)
		if database.IsDuplicate(err) {
			err = replaceOwn(ctx, tx, r, r.UserID, r.ID)
		}
		if err != nil {
			return err
		}
		return endLeastUsed(ctx, tx, in)
	})
}

// endLeastUsed ends the sessions beyond the limit, but never the one that starts. It
// locks none that stay: they may be refreshed meanwhile.
func endLeastUsed(ctx context.Context, tx bun.Tx, in user.SessionStart) error {
	owner, others := in.Session.Owner, int64(cmp.Or(in.Limit, user.MaxSessions)-1)
	var ids []ulid.ULID
	err := tx.NewSelect().Model((*sessionRow)(nil)).Column("id").
		Where("user_id = ?", owner).Where("id <> ?", in.Session.ID).
		Order("use_time DESC", "id DESC").Offset(others).Limit(user.PruneBatch).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	if err := removeByID(ctx, tx, (*sessionRow)(nil), owner, ids); err != nil {
		return err
	}
	return revoke(ctx, tx, ids, in.Expires)
}

func (s *Store) SessionByID(ctx context.Context, id ulid.ULID) (user.StoredSession, error) {
	var r sessionRow
	err := s.db.R.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	return r.stored(), one(err)
}

func (s *Store) RotateSession(ctx context.Context, in user.StoredSession) error {
	r := rowOfSession(in)
	return portError(changed(s.db.W.NewUpdate().Model(r).
		Column("address", "use_time", "expire_time", "generation", "secret_hash", "previous_hash", "salt").
		Where("user_id = ?", r.UserID).Where("id = ?", r.ID).
		Where("generation = ?", r.Generation-1).Where("secret_hash = ?", r.PreviousHash).Exec(ctx)))
}

func (s *Store) SessionsOf(ctx context.Context, in user.SessionQuery) ([]user.Session, error) {
	var rows []sessionRow
	err := s.db.R.NewSelect().Model(&rows).
		Where("user_id = ?", in.Owner).Where("expire_time > ?", in.Now).
		Order("use_time DESC", "id DESC").Limit(user.MaxSessions).Scan(ctx)
	if err != nil {
		return nil, portError(err)
	}
	sessions := make([]user.Session, len(rows))
	for i := range rows {
		sessions[i] = rows[i].session()
	}
	return sessions, nil
}

func (s *Store) EndSessions(ctx context.Context, in user.SessionsEnd) (n int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		ids, err := remove(ctx, tx, (*sessionRow)(nil), in.Owner, func(q *bun.SelectQuery) *bun.SelectQuery {
			if in.ID.IsZero() {
				return q
			}
			return q.Where("id = ?", in.ID)
		})
		if n = len(ids); err != nil {
			return err
		}
		return revoke(ctx, tx, ids, in.Expires)
	})
	return n, err
}

// remove removes those of the owner's sessions, or personal access tokens, which
// are meant, and returns their ids, for revoke.
func remove(ctx context.Context, tx bun.Tx, table any, owner ulid.ULID, which func(*bun.SelectQuery) *bun.SelectQuery) ([]ulid.ULID, error) {
	var ids []ulid.ULID
	q := tx.NewSelect().Model(table).Column("id").Where("user_id = ?", owner).Apply(which)
	if err := forUpdate(q).Scan(ctx, &ids); err != nil {
		return nil, err
	}
	return ids, removeByID(ctx, tx, table, owner, ids)
}

func removeByID(ctx context.Context, tx bun.Tx, table any, owner ulid.ULID, ids []ulid.ULID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewDelete().Model(table).
		Where("user_id = ?", owner).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

func (s *Store) PruneSessions(ctx context.Context, before time.Time) (int, error) {
	var ids []ulid.ULID
	err := s.db.R.NewSelect().Model((*sessionRow)(nil)).Column("id").
		Where("expire_time < ?", before).Limit(user.PruneBatch).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, portError(err)
	}
	return count(s.db.W.NewDelete().Model((*sessionRow)(nil)).
		Where("id IN (?)", bun.List(ids)).Where("expire_time < ?", before).Exec(ctx))
}
