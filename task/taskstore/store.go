// Package taskstore keeps lists and tasks in MySQL or SQLite. It is the bun
// adapter of task.Store.
//
// A transaction takes the owner's row first, then a list, then tasks, so that
// two of them wait for each other in one direction only. With the owner's row it
// takes the next moment of the owner's clock (clock.go).
package taskstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/keyed"
	"todokit/task"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns what makes and changes the tables, for database.DB.Migrate:
// the files, and a step in Go.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is embedded above
	}
	return database.WithSteps(files, foldStep())
}

// stepRows is how many rows one step of a long removal touches.
const stepRows = 1000

// batchSize is how many requests the same statements serve.
const batchSize = 64

// ownerTransactions is how many transactions of its own an owner may have in one
// process: one that holds the owner's row, and one that waits for it. The others
// wait without a connection, so that fifty writes of one owner leave the
// connections to everybody else.
const ownerTransactions = 2

// maxHold is how long a batch holds up the next one: one connection that hangs
// must not stop those who could use another.
const maxHold = 50 * time.Millisecond

// Options change how a store works. The zero value is usable.
type Options struct {
	// Batch has requests that arrive together served by the same statements and
	// the same commit (groupcommit.go). Without it each has its own.
	Batch bool
}

// Store is a task.Store. Its database has the Migrations.
type Store struct {
	db        *database.DB
	revisions *batch.Group[ulid.ULID, task.Revision]
	tasks     *batch.Group[task.Ref, task.Read[task.Task]]
	writes    *batch.Group[write, task.Task]
	owners    *keyed.Semaphore[ulid.ULID]
}

var _ task.Store = (*Store)(nil)

// New returns a store in a database.
func New(db *database.DB, o Options) *Store {
	s := &Store{db: db, owners: keyed.NewSemaphore[ulid.ULID](ownerTransactions)}
	if o.Batch {
		s.revisions = batch.New(batch.Options{Size: batchSize, MaxHold: maxHold}, s.readRevisions)
		s.tasks = batch.New(batch.Options{Size: batchSize, MaxHold: maxHold}, s.readTasksByKey)
		// While one batch waits for the disk, another can be made.
		s.writes = batch.New(batch.Options{Size: batchSize, Parallelism: 2, MaxHold: maxHold}, s.runBatch)
	}
	return s
}

// ownerTx runs do in a transaction that takes an owner's row with its first
// statement.
func (s *Store) ownerTx(ctx context.Context, owner ulid.ULID, do func(context.Context, bun.Tx) error) error {
	done, err := s.owners.Acquire(ctx, owner)
	if err != nil {
		return database.Convert(err)
	}
	defer done()
	return s.db.Tx(ctx, do)
}

// do runs a request in a batch, or, without a group, by itself.
func do[Req, Resp any](ctx context.Context, g *batch.Group[Req, Resp], run batch.Run[Req, Resp], req Req) (Resp, error) {
	if g != nil {
		return g.Do(ctx, req)
	}
	r := run(ctx, []Req{req})[0]
	return r.Value, r.Err
}

// conditional reads a value unless the owner's revision is the known one.
func conditional[T any](
	ctx context.Context, s *Store, owner ulid.ULID, known task.Revision, read func() (task.Read[T], error),
) (task.Read[T], error) {
	if known != 0 {
		now, err := s.Revision(ctx, owner)
		if err != nil {
			return task.Read[T]{}, err
		}
		if now == known {
			return task.Read[T]{Revision: now, NotModified: true}, nil
		}
	}
	v, err := read()
	if err != nil {
		return task.Read[T]{}, database.Convert(err)
	}
	return v, nil
}

// caseOf is an expression that has a value for each of n values of a column. Its
// arguments are pairs of these.
func caseOf(column string, n int) string {
	return "CASE " + column + strings.Repeat(" WHEN ? THEN ?", n) + " END"
}

// rowsAffected returns how many rows a statement has found.
func rowsAffected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// errNoRow ends a transaction whose statement has not found what it must.
var errNoRow = errors.New("no such row")

// requireRow returns errNoRow for a statement that has found no row.
func requireRow(res sql.Result, err error) error {
	n, err := rowsAffected(res, err)
	if n == 0 && err == nil {
		err = errNoRow
	}
	return err
}

// requireRows returns errNoRow for a statement that has not found n rows.
func requireRows(n int) func(sql.Result, error) error {
	return func(res sql.Result, err error) error {
		found, err := rowsAffected(res, err)
		if found != int64(n) && err == nil {
			err = errNoRow
		}
		return err
	}
}
