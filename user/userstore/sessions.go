package userstore

import (
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
			return replaceOwn(ctx, tx, r, r.UserID, r.ID)
		}
		return err
	})
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
		n, err = end(ctx, tx, (*sessionRow)(nil), in, func(q *bun.SelectQuery) *bun.SelectQuery {
			if in.ID.IsZero() {
				return q
			}
			return q.Where("id = ?", in.ID)
		})
		return err
	})
	return n, err
}

// end removes those of the owner's sessions, or personal access tokens, which
// are meant, notes them in the trust log, and returns how many there were.
func end(ctx context.Context, tx bun.Tx, table any, in user.SessionsEnd, which func(*bun.SelectQuery) *bun.SelectQuery) (int, error) {
	var ids []ulid.ULID
	q := tx.NewSelect().Model(table).Column("id").Where("user_id = ?", in.Owner).Apply(which)
	if err := forUpdate(q).Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err := tx.NewDelete().Model(table).
		Where("user_id = ?", in.Owner).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return 0, err
	}
	entries := make([]trustRow, len(ids))
	for i, id := range ids {
		entries[i] = trustRow{Kind: user.SessionRevoked, Subject: id, ExpireTime: in.Expires}
	}
	_, err = appendTrust(ctx, tx, entries...)
	return len(ids), err
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
