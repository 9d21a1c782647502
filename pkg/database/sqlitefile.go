package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sqlite3 "modernc.org/sqlite/lib"

	"todokit/pkg/diskspace"
)

// checkTimeout bounds the check of a file at the start. In this time a gigabyte or
// so is read.
const checkTimeout = 5 * time.Second

// sqliteFile is the file of a database.
type sqliteFile struct{ path string }

// errDamaged is what the check of a file returns; errMissing is for a file whose
// write-ahead log is there.
var (
	errDamaged = errors.New("the file is damaged: restore a backup of it")
	errMissing = errors.New("the file is missing, though its write-ahead log (-wal) is there: put it back, or remove the log too")
)

// prepare tells that a file is going to be made. It refuses where SQLite would
// make a new one and throw away what is in the log of the one before.
func (f sqliteFile) prepare(logger log.Logger) error {
	if !missing(f.path) {
		return nil
	}
	if !missing(f.path + "-wal") {
		return f.explain(errMissing)
	}
	_ = level.Info(logger).Log("msg", "there is no database yet; making one", "file", f.path)
	return nil
}

// missing reports whether there is no file, or nothing in it.
func missing(path string) bool {
	info, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}

// check reads the pages of the file, as far as the time suffices, and returns an
// error if they are not as SQLite writes them.
func (f sqliteFile) check(ctx context.Context, pool *sql.DB, logger log.Logger) error {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var result string
	err := pool.QueryRowContext(limited, "PRAGMA quick_check(1)").Scan(&result)
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil:
		_ = level.Warn(logger).Log("msg", "the database is large; not all of it was checked", "file", f.path, "checked", checkTimeout)
		return nil
	case err != nil:
		return err
	case result != "ok":
		return f.explain(fmt.Errorf("%w (%s)", errDamaged, strings.Join(strings.Fields(result), " ")))
	}
	return nil
}

// fileErrors are the errors that are about the file, and what they mean.
var fileErrors = map[int]string{
	sqlite3.SQLITE_CORRUPT:  errDamaged.Error(),
	sqlite3.SQLITE_NOTADB:   "the file is damaged, or is no SQLite database",
	sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
	sqlite3.SQLITE_READONLY: "the file cannot be written to",
	sqlite3.SQLITE_FULL:     diskspace.ErrFull.Error(),
	sqlite3.SQLITE_IOERR:    "the disk cannot be read or written",
}

// explain puts the path, and what SQLite's code means, before an error that is
// about the file. Others are returned as they are.
func (f sqliteFile) explain(err error) error {
	if errors.Is(err, errDamaged) || errors.Is(err, errMissing) {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	code := sqlitePrimary(err)
	meaning, ok := fileErrors[code]
	if !ok {
		return err
	}
	// A full disk is an I/O error to SQLite where it extends the index of its log.
	if code == sqlite3.SQLITE_IOERR && diskspace.Full(filepath.Dir(f.path)) {
		meaning = diskspace.ErrFull.Error()
	}
	return fmt.Errorf("%s: %s: %w", f.path, meaning, err)
}

// sqliteConn is a connection of the driver, with all that database/sql uses.
type sqliteConn interface { //nolint:interfacebloat // it is database/sql that asks for so much
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// fileConn explains the errors of a connection.
type fileConn struct {
	sqliteConn
	file sqliteFile
}

func (c fileConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.sqliteConn.ExecContext(ctx, query, args)
	return result, c.file.explain(err)
}

func (c fileConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.sqliteConn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, c.file.explain(err)
	}
	return fileRows{rows, c.file}, nil
}

func (c fileConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.sqliteConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.file.explain(err)
	}
	return fileTx{tx, c.file}, nil
}

// fileTx explains the errors of a transaction.
type fileTx struct {
	driver.Tx
	file sqliteFile
}

func (t fileTx) Commit() error   { return t.file.explain(t.Tx.Commit()) }
func (t fileTx) Rollback() error { return t.file.explain(t.Tx.Rollback()) }

// fileRows explains the errors of reading.
type fileRows struct {
	driver.Rows
	file sqliteFile
}

func (r fileRows) Next(dest []driver.Value) error { return r.file.explain(r.Rows.Next(dest)) }
