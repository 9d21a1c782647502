package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
)

// timeoutMargin is how much longer than its caller a statement may take, so that
// it is the caller's context that ends first.
const timeoutMargin = 10 * time.Millisecond

// mysqlConn is a connection of the driver, with all that database/sql uses.
type mysqlConn interface { //nolint:interfacebloat // it is database/sql that asks for so much
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// timeoutConn has the server end each statement at about the deadline of its
// context. When a context ends, the driver only closes the connection, which a
// server that is computing, or waiting for a lock, does not notice before it is
// done: without a timeout, statements that nobody waits for would go on loading a
// database that is too slow already.
type timeoutConn struct{ mysqlConn }

func (c timeoutConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.mysqlConn.ExecContext(ctx, withTimeout(ctx, query), args)
}

func (c timeoutConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.mysqlConn.QueryContext(ctx, withTimeout(ctx, query), args)
}

// withTimeout puts the time until the context's deadline into a statement: for
// MariaDB, to which MySQL's hint is a comment, and for MySQL, to which MariaDB's
// prefix is a comment, and which has a timeout for SELECT only.
func withTimeout(ctx context.Context, query string) string {
	deadline, ok := ctx.Deadline()
	if !ok {
		return query
	}
	left := max(time.Until(deadline), 0) + timeoutMargin
	if rest, ok := strings.CutPrefix(query, "SELECT "); ok {
		query = fmt.Sprintf("SELECT /*+ MAX_EXECUTION_TIME(%d) */ %s", left.Milliseconds(), rest)
	}
	return fmt.Sprintf("/*M!100100 SET STATEMENT max_statement_time=%.3f FOR */ %s", left.Seconds(), query)
}
