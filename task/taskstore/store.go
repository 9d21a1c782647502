// Package taskstore keeps lists and tasks in MySQL or SQLite. It is the bun
// adapter of task.Store.
//
// A transaction takes the owner's row first, then a list, then tasks, so that
// two of them wait for each other in one direction only.
package taskstore

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
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

// someRows is how many rows one step of a long removal touches.
const someRows = 1000

// together is how many requests are answered by the same statements.
const together = 64

// Store is a task.Store. Its database has the Migrations.
type Store struct {
	db        *database.DB
	revisions *batch.Group[ulid.ULID, ulid.ULID]
	reads     *batch.Group[task.Ref, task.Snapshot]
	writes    *batch.Group[write, task.Task]
}

var _ task.Store = (*Store)(nil)

// New returns a store in a database.
func New(db *database.DB) *Store {
	s := &Store{db: db}
	s.revisions = batch.New(batch.Options{Size: together}, s.readRevisions)
	s.reads = batch.New(batch.Options{Size: together}, s.readSnapshots)
	// While one batch waits for the disk, another can be made.
	s.writes = batch.New(batch.Options{Size: together, Parallelism: 2}, s.writeTasks)
	return s
}

// counter is a column of owners that counts.
type counter string

const (
	ofTasks counter = "tasks"
	ofLists counter = "lists"
)

// lower counts one less, and takes the owner's row.
func (c counter) lower(ctx context.Context, tx bun.Tx, owner ulid.ULID) error {
	column := bun.Ident(c)
	_, err := tx.NewUpdate().Model((*ownerRow)(nil)).Set("? = ? - 1", column, column).Set("revision = ?", newRevision()).
		Where("user_id = ?", owner).Exec(ctx)
	return err
}

// touched returns how many rows a statement has found.
func touched(res interface{ RowsAffected() (int64, error) }, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// errUntouched breaks off a transaction whose statement has found no row.
var errUntouched = errors.New("no such row")

// found returns errUntouched for a statement that has found no row.
func found(res interface{ RowsAffected() (int64, error) }, err error) error {
	n, err := touched(res, err)
	if n == 0 && err == nil {
		err = errUntouched
	}
	return err
}
