package taskstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

type idempotencyRow struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:k"`

	UserID      ulid.ULID `bun:",pk"`
	KeyHash     []byte    `bun:",pk"`
	Fingerprint []byte
	Answer      []byte // the first reply, as JSON
	CreateTime  time.Time
}

// errReplayed ends a create that was made before with the same key.
var errReplayed = errors.New("made before with the same key")

// idempotencyKey is the key of a create. The zero value is of a create without
// one, and does nothing.
type idempotencyKey struct {
	owner       ulid.ULID
	hash        []byte
	fingerprint []byte
	now         time.Time
}

// newIdempotencyKey binds the key to what is created: the first reply to one
// kind of create is none to the other.
func newIdempotencyKey(owner ulid.ULID, what counter, i task.Idempotency, now time.Time) idempotencyKey {
	if i.Key == "" {
		return idempotencyKey{}
	}
	hash := sha256.Sum256([]byte(string(what) + "\n" + i.Key))
	return idempotencyKey{owner: owner, hash: hash[:], fingerprint: i.Fingerprint[:], now: now}
}

// replay decodes the first reply into v and returns errReplayed, nil if there
// is none, or task.ErrKeyReused. One that is too old is removed.
func (k idempotencyKey) replay(ctx context.Context, tx bun.Tx, v any) error {
	if k.hash == nil {
		return nil
	}
	var row idempotencyRow
	err := tx.NewSelect().Model(&row).Where("user_id = ?", k.owner).Where("key_hash = ?", k.hash).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case row.CreateTime.Before(k.now.Add(-task.KeepKeys)):
		_, err := tx.NewDelete().Model((*idempotencyRow)(nil)).Where("user_id = ?", k.owner).Where("key_hash = ?", k.hash).Exec(ctx)
		return err
	case string(row.Fingerprint) != string(k.fingerprint):
		return task.ErrKeyReused
	}
	if err := json.Unmarshal(row.Answer, v); err != nil {
		return err
	}
	return errReplayed
}

// save keeps the first reply.
func (k idempotencyKey) save(ctx context.Context, tx bun.Tx, v any) error {
	if k.hash == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&idempotencyRow{
		UserID: k.owner, KeyHash: k.hash, Fingerprint: k.fingerprint, Answer: text, CreateTime: k.now,
	}).Exec(ctx)
	return err
}

func (s *Store) PruneIdempotencyKeys(ctx context.Context, before time.Time) (done bool, err error) {
	var old []idempotencyRow
	err = s.db.R.NewSelect().Model(&old).Column("user_id", "key_hash").
		Where("create_time < ?", before).Order("create_time").Limit(stepRows).Scan(ctx)
	if err != nil || len(old) == 0 {
		return err == nil, database.Convert(err)
	}
	_, err = s.db.W.NewDelete().Model(&old).WherePK().Where("create_time < ?", before).Exec(ctx)
	return false, database.Convert(err)
}
