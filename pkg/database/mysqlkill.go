package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// killTimeout bounds the attempt to stop one statement.
	killTimeout = time.Second
	// killsAtOnce bounds those attempts. When more is given up than that, the
	// server is in trouble, and more connections would be no help to it.
	killsAtOnce = 2
)

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

// stoppable is a connection whose statements end at the server too when their
// context does. The driver only hangs up, which a server that is computing, or
// waiting for a lock, notices when it is done.
type stoppable struct {
	mysqlConn
	self   thread
	kill   func(context.Context, thread)
	killed atomic.Bool
}

// thread is what serves a connection: its number, and where.
type thread struct{ id, server string }

// ExecContext is part of driver.ExecerContext.
func (s *stoppable) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	defer s.watch(ctx)()
	return s.mysqlConn.ExecContext(ctx, query, args)
}

// QueryContext is part of driver.QueryerContext.
func (s *stoppable) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	defer s.watch(ctx)()
	return s.mysqlConn.QueryContext(ctx, query, args)
}

// watch stops the statement if ctx ends before the returned function is called.
func (s *stoppable) watch(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() {
		s.killed.Store(true)
		s.kill(ctx, s.self)
	})
}

// IsValid is part of driver.Validator. A connection is not used again whose
// next statement might be the one that is stopped.
func (s *stoppable) IsValid() bool { return !s.killed.Load() && s.mysqlConn.IsValid() }

// threadOf asks which thread serves a connection.
func threadOf(ctx context.Context, conn driver.QueryerContext) (thread, error) {
	rows, err := conn.QueryContext(ctx, "SELECT CONNECTION_ID(), CONCAT(@@hostname, ':', @@port)", nil)
	if err != nil {
		return thread{}, err
	}
	values := make([]driver.Value, 2)
	if err = rows.Next(values); err != nil {
		_ = rows.Close() // its error could only be the same
		return thread{}, err
	}
	return thread{id: text(values[0]), server: text(values[1])}, rows.Close()
}

func text(v driver.Value) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

// stop stops what a thread is doing, over a connection of its own. It is an
// attempt: a server that cannot be reached has nothing to be stopped. Behind a
// balancer that connection may end at another server, where the number is
// somebody else's.
func (c mysqlConnector) stop(ctx context.Context, t thread) {
	select {
	case c.kills <- struct{}{}:
		defer func() { <-c.kills }()
	default:
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
	defer cancel()
	connector, err := c.current()
	if err != nil {
		return
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return
	}
	defer func() { _ = raw.Close() }()
	conn, ok := raw.(mysqlConn)
	if !ok {
		return
	}
	own, err := threadOf(ctx, conn)
	number, bad := strconv.ParseUint(t.id, 10, 64)
	if err != nil || bad != nil || own.server != t.server {
		return
	}
	_, _ = conn.ExecContext(ctx, "KILL QUERY "+strconv.FormatUint(number, 10), nil)
}
