package userstore

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/user"
)

type trustRow struct {
	bun.BaseModel `bun:"table:trust_log"`

	Seq        uint64         `bun:"seq,pk"`
	Kind       user.TrustKind `bun:"kind"`
	ExpireTime time.Time      `bun:"expire_time"`
	Subject    ulid.ULID      `bun:"subject,nullzero"`
	More       []byte         `bun:"more,nullzero"` // 16 bytes each
	KeyID      string         `bun:"kid,nullzero"`
	PublicKey  []byte         `bun:"public_key,nullzero"`
}

func (r *trustRow) entry() user.TrustEntry {
	e := user.TrustEntry{Sequence: r.Seq, Expires: r.ExpireTime.UTC(), Kind: r.Kind, Subject: r.Subject}
	if r.Kind == user.KeyPublished {
		e.Key = user.PublicKey{ID: r.KeyID, Key: r.PublicKey, Expires: e.Expires}
	}
	for more := range slices.Chunk(r.More, len(ulid.ULID{})) {
		var id ulid.ULID
		copy(id[:], more)
		e.More = append(e.More, id)
	}
	return e
}

// revoke notes the end of sessions in the log.
func revoke(ctx context.Context, tx bun.Tx, ids []ulid.ULID, expires time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []trustRow
	for _, e := range user.Revocations(ids, expires) {
		r := trustRow{Kind: e.Kind, Subject: e.Subject, ExpireTime: e.Expires}
		for _, id := range e.More {
			r.More = append(r.More, id[:]...)
		}
		rows = append(rows, r)
	}
	_, err := appendTrust(ctx, tx, rows...)
	return err
}

// appendTrust adds entries to the log and returns the last one's number. Until
// the transaction commits, it holds the lock that keeps the numbers in order.
func appendTrust(ctx context.Context, tx bun.Tx, entries ...trustRow) (uint64, error) {
	n := uint64(len(entries))
	if _, err := tx.NewUpdate().Table("trust_head").Set("version = version + ?", n).Where("id = 1").Exec(ctx); err != nil {
		return 0, err
	}
	var last uint64
	if err := tx.NewSelect().Table("trust_head").Column("version").Where("id = 1").Scan(ctx, &last); err != nil {
		return 0, err
	}
	for i := range entries {
		entries[i].Seq = last - n + uint64(i) + 1
	}
	_, err := tx.NewInsert().Model(&entries).Exec(ctx)
	return last, err
}

func (s *Store) TrustHead(ctx context.Context, _ struct{}) (head uint64, err error) {
	err = s.db.R.NewSelect().Table("trust_head").Column("version").Where("id = 1").Scan(ctx, &head)
	return head, portError(err)
}

func (s *Store) TrustEntries(ctx context.Context, in user.TrustQuery) ([]user.TrustEntry, error) {
	var rows []trustRow
	q := s.db.R.NewSelect().Model(&rows).
		Where("seq > ?", in.After).Where("seq <= ?", in.UpTo).Order("seq").Limit(int64(in.Limit))
	if in.Deletions {
		q.Where("kind = ?", user.UserDeleted)
	} else {
		q.Where("expire_time > ?", in.LiveAt)
	}
	return entriesOf(rows, q.Scan(ctx))
}

func (s *Store) LiveKeys(ctx context.Context, at time.Time) ([]user.TrustEntry, error) {
	var rows []trustRow
	err := s.db.R.NewSelect().Model(&rows).Where("kind = ?", user.KeyPublished).Where("expire_time > ?", at).
		Order("seq DESC").Limit(user.MaxLiveKeys).Scan(ctx)
	return entriesOf(rows, err)
}

func entriesOf(rows []trustRow, err error) ([]user.TrustEntry, error) {
	if err != nil {
		return nil, portError(err)
	}
	entries := make([]user.TrustEntry, len(rows))
	for i := range rows {
		entries[i] = rows[i].entry()
	}
	return entries, nil
}

func (s *Store) AccountDeleted(ctx context.Context, id ulid.ULID) (bool, error) {
	listed, err := s.db.R.NewSelect().Model((*trustRow)(nil)).
		Where("subject = ?", id).Where("kind = ?", user.UserDeleted).Exists(ctx)
	if err != nil || !listed {
		return false, portError(err)
	}
	there, err := s.db.R.NewSelect().Model((*accountRow)(nil)).Where("id = ?", id).Exists(ctx)
	return err == nil && !there, portError(err)
}

func (s *Store) PublishKey(ctx context.Context, k user.PublicKey) (seq uint64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		seq, err = appendTrust(ctx, tx, trustRow{
			Kind: user.KeyPublished, ExpireTime: k.Expires, KeyID: k.ID, PublicKey: k.Key,
		})
		return err
	})
	return seq, err
}

func (s *Store) PruneTrust(ctx context.Context, before time.Time) (int, error) {
	var numbers []uint64
	err := s.db.R.NewSelect().Model((*trustRow)(nil)).Column("seq").
		Where("expire_time < ?", before).Where("kind <> ?", user.UserDeleted).
		Limit(user.PruneBatch).Scan(ctx, &numbers)
	if err != nil || len(numbers) == 0 {
		return 0, portError(err)
	}
	return count(s.db.W.NewDelete().Model((*trustRow)(nil)).Where("seq IN (?)", bun.List(numbers)).Exec(ctx))
}
