// Package userstore keeps users, sessions, personal access tokens, counters of
// wrong passwords and the trust log in MySQL or SQLite.
//
// Locks are taken in one order, users → sessions → personal_tokens →
// trust_head, and trust_head last of all, since every writer of the log waits
// for it. The counters are written in transactions of their own.
package userstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/user"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the tables, for database.DB.Migrate.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is embedded above
	}
	return files
}

// Store is a user.Store.
type Store struct{ db *database.DB }

var _ user.Store = (*Store)(nil)

// New returns a Store in a database that has the Migrations.
func New(db *database.DB) *Store { return &Store{db} }

// write runs do in a transaction.
func (s *Store) write(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	return portError(s.db.Tx(ctx, do))
}

// portError returns the errors of the port as they are, and classifies the rest.
func portError(err error) error {
	for _, known := range []error{user.ErrNotFound, user.ErrIDTaken} {
		if errors.Is(err, known) {
			return known
		}
	}
	return database.Convert(err)
}

// forUpdate locks the rows that are read. SQLite needs none: its write
// transactions run one by one.
func forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if database.IsMySQL(q.DB()) {
		return q.For("UPDATE")
	}
	return q
}

// one returns ErrNotFound for a query that found no row.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return user.ErrNotFound
	}
	return portError(err)
}

// changed returns errs.ErrStaleVersion for a write that found no row as it
// expected.
func changed(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return errs.ErrStaleVersion
}

// replaceOwn overwrites a row of the owner's. Returns ErrIDTaken if the id is
// that of another row: of another owner, or not as also demands.
func replaceOwn(ctx context.Context, tx bun.Tx, row any, owner, id ulid.ULID, also ...func(*bun.UpdateQuery) *bun.UpdateQuery) error {
	err := changed(tx.NewUpdate().Model(row).ExcludeColumn("id", "user_id").
		Where("user_id = ?", owner).Where("id = ?", id).Apply(also...).Exec(ctx))
	if errors.Is(err, errs.ErrStaleVersion) {
		return user.ErrIDTaken
	}
	return err
}

// count returns how many rows a write found.
func count(r sql.Result, err error) (int, error) {
	if err != nil {
		return 0, database.Convert(err)
	}
	n, err := r.RowsAffected()
	return int(n), err
}
