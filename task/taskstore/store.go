// Package taskstore keeps lists and tasks in MySQL or SQLite. It is the bun
// adapter of task.Store.
//
// A transaction takes the owner's row first, then a list, then tasks, so that
// two of them wait for each other in one direction only.
package taskstore

import (
	"context"
	"embed"
	"io/fs"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the files that make and change the tables, for
// database.DB.Migrate.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is embedded above
	}
	return files
}

// batch is how many rows one step of a long removal touches.
const batch = 1000

// Store is a task.Store. Its database has the Migrations.
type Store struct{ db *database.DB }

var _ task.Store = (*Store)(nil)

// New returns a store in a database.
func New(db *database.DB) *Store { return &Store{db: db} }

// counter is a column of owners that counts.
type counter string

const (
	ofTasks counter = "tasks"
	ofLists counter = "lists"
)

// lower counts one less, and takes the owner's row.
func (c counter) lower(ctx context.Context, tx bun.Tx, owner ulid.ULID) error {
	column := bun.Ident(c)
	_, err := tx.NewUpdate().Model((*ownerRow)(nil)).Set("? = ? - 1", column, column).Where("user_id = ?", owner).Exec(ctx)
	return err
}

// touched returns how many rows a statement has found.
func touched(res interface{ RowsAffected() (int64, error) }, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
