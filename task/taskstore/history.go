package taskstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/mutation"
	"todokit/task"
)

// hexLength is the length of an id in the column "earlier". It holds the
// mutations before the last one in hexadecimal, since SQLite joins texts only.
const hexLength = 2 * len(ulid.ULID{})

// earlierLength is the length of the column "earlier".
const earlierLength = (mutation.Remembered - 1) * hexLength

func hexID(id ulid.ULID) string { return strings.ToUpper(hex.EncodeToString(id[:])) }

// historyRow is the part of a row that only a repeat reads.
type historyRow struct {
	Version  int64
	Mutation ulid.ULID
	Earlier  string
}

func (s *Store) TaskHistory(ctx context.Context, r task.Ref) (mutation.History, error) {
	return readHistory(ctx, s.db.R.NewSelect().Table("tasks"), r, task.ErrTaskNotFound)
}

func (s *Store) ListHistory(ctx context.Context, r task.Ref) (mutation.History, error) {
	return readHistory(ctx, s.db.R.NewSelect().Table("lists").Where("delete_time IS NULL"), r, task.ErrListNotFound)
}

// earlier writes what a row remembers of the mutations before the next one.
func earlier(q *bun.UpdateQuery, last ulid.ULID) *bun.UpdateQuery {
	return q.Set("earlier = SUBSTR(CONCAT(?, earlier), 1, ?)", hexID(last), earlierLength)
}

func readHistory(ctx context.Context, q *bun.SelectQuery, r task.Ref, notFound error) (mutation.History, error) {
	var row historyRow
	err := q.Column("version", "mutation", "earlier").Where("user_id = ?", r.Owner).Where("id = ?", r.ID).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return mutation.History{}, notFound
	}
	if err != nil {
		return mutation.History{}, database.Convert(err)
	}
	return row.history()
}

func (r historyRow) history() (mutation.History, error) {
	h := mutation.History{Version: r.Version, Mutations: []ulid.ULID{r.Mutation}}
	raw, err := hex.DecodeString(r.Earlier)
	if err != nil {
		return mutation.History{}, err
	}
	for ; len(raw) >= len(ulid.ULID{}); raw = raw[len(ulid.ULID{}):] {
		h.Mutations = append(h.Mutations, ulid.ULID(raw[:len(ulid.ULID{})]))
	}
	return h, nil
}
