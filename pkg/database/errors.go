package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"todokit/pkg/errs"
)

// The numbers by which MySQL and MariaDB tell what went wrong.
var (
	mysqlDuplicate  = []uint16{1022, 1062, 1586}
	mysqlForeignKey = []uint16{1216, 1217, 1451, 1452}
	// Deadlock; a row that changed since the snapshot (MariaDB).
	mysqlRetry = []uint16{1213, 1020}
	// In turn: no memory or disk; connections refused, by limit or by
	// configuration; the network; killed or shutting down; lock waits and
	// deadlocks; read-only, as after a failover; the statement took too long.
	mysqlUnavailable = []uint16{
		1021, 1037, 1038, 1041, 1114,
		1040, 1044, 1045, 1049, 1129, 1130, 1203, 1226,
		1152, 1158, 1159, 1160, 1161, 2006, 2013,
		1053, 1317, 1927,
		1020, 1205, 1213, 3572,
		1290, 1792, 1836,
		1969, 3024,
	}
)

// The codes of SQLite: extended for constraints, primary for the rest.
var (
	sqliteDuplicate = []int{
		sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID,
	}
	sqliteWaiting     = []int{sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
	sqliteUnavailable = append([]int{
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
	}, sqliteWaiting...)
)

// IsDuplicate says whether a statement broke a primary or unique key.
func IsDuplicate(err error) bool {
	return mysqlIs(err, mysqlDuplicate) || slices.Contains(sqliteDuplicate, sqliteCode(err))
}

// IsForeignKey says whether a statement broke a foreign key.
func IsForeignKey(err error) bool {
	return mysqlIs(err, mysqlForeignKey) || sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// Convert classifies what a query returned: errs.ErrUnavailable if the
// database cannot be reached or written to now or a lock was not free in time,
// errs.ErrDeadline or errs.ErrCancelled if the context ended, and otherwise
// errs.ErrInternal. The cause stays inside, so that IsDuplicate and errors.Is
// still see it. Errors of package errs, and nil, are returned as they are.
func Convert(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errs.From(err)
	case sqlitePrimary(err) == sqlite3.SQLITE_INTERRUPT:
		return errs.ErrCancelled.Wrap(err)
	case isUnavailable(err):
		return errs.ErrUnavailable.Wrap(err)
	default:
		return errs.ErrInternal.Wrap(err)
	}
}

func isUnavailable(err error) bool {
	return mysqlIs(err, mysqlUnavailable) || slices.Contains(sqliteUnavailable, sqlitePrimary(err)) || isConnection(err)
}

// isConnection says whether the connection was lost, or never made.
func isConnection(err error) bool {
	for _, target := range []error{
		driver.ErrBadConn, mysql.ErrInvalidConn, mysql.ErrBusyBuffer, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	// Not net.Error, which the errors of a file system satisfy as well.
	_, network := errors.AsType[*net.OpError](err)
	return network
}

// worthWaiting says whether Open should try again: a server may come up, and a
// locked file come free, but a file that cannot be opened stays so.
func worthWaiting(err error) bool {
	if sqliteCode(err) != 0 {
		return slices.Contains(sqliteWaiting, sqlitePrimary(err))
	}
	return isUnavailable(err) || errors.Is(err, context.DeadlineExceeded)
}

// worthRepeating says whether a transaction may succeed if it is run again at
// once. One that has waited for a lock for its full second is not repeated.
func worthRepeating(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_LOCKED:
		return true
	}
	return mysqlIs(err, mysqlRetry)
}

func mysqlIs(err error, numbers []uint16) bool {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && slices.Contains(numbers, e.Number)
}

// sqliteCode returns the extended code, or 0 for what is no error of SQLite.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

func sqlitePrimary(err error) int { return sqliteCode(err) & 0xff }
