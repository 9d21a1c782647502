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

type answerRow struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:k"`

	UserID      ulid.ULID `bun:",pk"`
	KeyHash     []byte    `bun:",pk"`
	Fingerprint []byte
	Answer      []byte
	CreateTime  time.Time
}

// errAnswered breaks off a create that was answered before.
var errAnswered = errors.New("answered before")

// answer is what a create with an idempotency key is answered with. The zero
// value is of a create without one, and does nothing.
type answer struct {
	owner       ulid.ULID
	hash        []byte
	fingerprint []byte
	now         time.Time
}

// newAnswer binds the key to what is created, since the answer of one kind of
// create is none of the other.
func newAnswer(owner ulid.ULID, what counter, i task.Idempotency, now time.Time) answer {
	if i.Key == "" {
		return answer{}
	}
	hash := sha256.Sum256([]byte(string(what) + "\n" + i.Key))
	return answer{owner: owner, hash: hash[:], fingerprint: i.Fingerprint[:], now: now}
}

// find decodes the first answer into v and returns errAnswered, nil if there
// is none, or task.ErrKeyReused. One that is too old is removed.
func (a answer) find(ctx context.Context, tx bun.Tx, v any) error {
	if a.hash == nil {
		return nil
	}
	var row answerRow
	err := tx.NewSelect().Model(&row).Where("user_id = ?", a.owner).Where("key_hash = ?", a.hash).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case row.CreateTime.Before(expiry(a.now)):
		_, err := tx.NewDelete().Model((*answerRow)(nil)).Where("user_id = ?", a.owner).Where("key_hash = ?", a.hash).Exec(ctx)
		return err
	case string(row.Fingerprint) != string(a.fingerprint):
		return task.ErrKeyReused
	}
	if err := json.Unmarshal(row.Answer, v); err != nil {
		return err
	}
	return errAnswered
}

// save keeps the first answer.
func (a answer) save(ctx context.Context, tx bun.Tx, v any) error {
	if a.hash == nil {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&answerRow{
		UserID: a.owner, KeyHash: a.hash, Fingerprint: a.fingerprint, Answer: text, CreateTime: a.now,
	}).Exec(ctx)
	return err
}

// PruneAnswers is part of task.UpkeepStore.
func (s *Store) PruneAnswers(ctx context.Context, before time.Time) (done bool, err error) {
	var old []answerRow
	err = s.db.R.NewSelect().Model(&old).Column("user_id", "key_hash").
		Where("create_time < ?", before).Order("create_time").Limit(someRows).Scan(ctx)
	if err != nil || len(old) == 0 {
		return err == nil, database.Convert(err)
	}
	_, err = s.db.W.NewDelete().Model(&old).WherePK().Where("create_time < ?", before).Exec(ctx)
	return false, database.Convert(err)
}
