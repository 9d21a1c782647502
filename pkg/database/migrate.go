package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// Migrate brings the tables of a service up to date: it runs those of
// files' mysql/*.up.sql or sqlite/*.up.sql that were not run before, in the
// order of their names (0001_begin.up.sql), and records them in the table
// <service>_migrations. Instances that start together do it one after the
// other; each waits until ctx ends. Returns ErrNewerSchema for tables of a later
// version; other errors are as Convert returns them.
//
// Files that WithSteps has made have migrations in Go as well.
//
// Statements are separated by a line "--bun:split". On SQLite the whole run is
// one transaction. MySQL cannot take back a CREATE or ALTER: a file there
// holds one statement, or statements that may be repeated (IF NOT EXISTS).
func (db *DB) Migrate(ctx context.Context, service string, files fs.FS) error {
	migrations, err := db.discover(files)
	if err != nil {
		return fmt.Errorf("migrations of %s: %w", service, err)
	}
	pool := sql.OpenDB(&onceConnector{Connector: db.engine.write})
	pool.SetMaxOpenConns(1)
	defer func() { _ = pool.Close() }()

	conn := bun.NewDB(pool, db.engine.dialect())
	unlock, err := db.engine.lock(ctx, pool)
	if err != nil {
		return Convert(fmt.Errorf("lock for the migrations of %s: %w", service, err))
	}
	err = run(ctx, conn, service+"_migrations", migrations)
	if err = unlock(ctx, err); errors.Is(err, ErrNewerSchema) {
		return fmt.Errorf("the tables of %s in the database %s: %w", service, db.engine.name, err)
	} else if err != nil {
		return Convert(fmt.Errorf("migrations of %s: %w", service, err))
	}
	return nil
}

// ErrNewerSchema is returned where a later version has changed the tables in a way
// that this one does not know. It is wrapped with the names of the migrations.
var ErrNewerSchema = errors.New("they are of a newer version of todokit")

func (db *DB) discover(files fs.FS) (*migrate.Migrations, error) {
	folder := "sqlite"
	if IsMySQL(db.W) {
		folder = "mysql"
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	m := migrate.NewMigrations()
	if err := m.Discover(sub); err != nil {
		return nil, err
	}
	if f, ok := files.(filesAndSteps); ok {
		for _, s := range f.steps {
			m.Add(s.migration())
		}
	}
	if len(m.Sorted()) == 0 {
		return nil, fmt.Errorf("no %s/*.up.sql", folder)
	}
	return m, nil
}

// run records a migration only when it is done, so that one that was killed in
// the middle is run again. It creates the table itself, because the migrator would
// create a second one for a lock that survives its holder's death.
func run(ctx context.Context, db *bun.DB, table string, migrations *migrate.Migrations) error {
	_, err := db.NewCreateTable().Model((*migrate.Migration)(nil)).ModelTableExpr(table).IfNotExists().Exec(ctx)
	if err != nil {
		return err
	}
	m := migrate.NewMigrator(db, migrations, migrate.WithTableName(table), migrate.WithMarkAppliedOnSuccess(true))
	unknown, err := m.MissingMigrations(ctx)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		known := migrations.Sorted()
		return fmt.Errorf("%w: migration %s was run, and this version knows those up to %s: start the newer version, or restore a backup of before it",
			ErrNewerSchema, names(unknown), known[len(known)-1].Name)
	}
	_, err = m.Migrate(ctx)
	return err
}

func names(migrations migrate.MigrationSlice) string {
	all := make([]string, len(migrations))
	for i, m := range migrations {
		all[i] = m.Name
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// onceConnector connects once. The lock belongs to a connection: if that is
// lost, nothing may go on through another one that does not hold the lock.
type onceConnector struct {
	driver.Connector
	used atomic.Bool
}

var errConnectionLost = errors.Join(errors.New("the connection that held the lock was lost"), driver.ErrBadConn)

// Connect returns the connection the first time, and an error after that.
func (c *onceConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.used.Swap(true) {
		return nil, errConnectionLost
	}
	return c.Connector.Connect(ctx)
}
