// Package database opens the database of a service: MySQL (or MariaDB), or an
// SQLite file where there is no server. Both are set up alike, so that a store is
// written once: UTC, strict types, full Unicode, foreign keys, lock waits of one
// second, the same classes of errors, the same metrics.
//
// What stores must know:
//
//   - Read through [DB.R], write through [DB.W] or [DB.Tx]. On MySQL they are
//     one pool; on SQLite, W is the one writer and R refuses to write.
//   - Transactions are READ COMMITTED: a row that a decision depends on is read
//     with FOR UPDATE on MySQL. On SQLite write transactions run one by one.
//   - UPDATE reports the rows it found, on both, even if nothing changed.
//   - Times are kept in UTC with microseconds: DATETIME(6) on MySQL, DATETIME
//     on SQLite. Ids are BINARY(16) and BLOB.
//   - A MySQL table says CHARACTER SET utf8mb4 itself: the database it is
//     created in may have another default.
package database

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"todokit/pkg/backoff"
	"todokit/pkg/errs"
)

// DB is a service's database.
type DB struct {
	R, W *bun.DB

	engine  engine
	metrics metrics
}

// Options says which database to open. Only URL is required.
type Options struct {
	URL        string                // "mysql://user:pass@host:3306/db" or "sqlite:path"; never logged
	TLS        func() *tls.Config    // makes MySQL's part of TLS for one more connection; nil: what the URL's tls says
	MaxOpen    int                   // most open connections (SQLite: readers); 0: 16
	Logger     log.Logger            // nil: silent
	Registerer prometheus.Registerer // nil: no metrics
}

const (
	defaultMaxOpen = 16
	// How long an attempt of Open may take, and the wait after it.
	attemptTimeout = 5 * time.Second
	firstWait      = 100 * time.Millisecond
	longestWait    = 3 * time.Second
)

// Open connects to the database. It waits for a server that does not answer
// (or that does not know the user or the database yet) until ctx ends, and
// then returns errs.ErrUnavailable. A bad URL, or a file that cannot be opened or
// is damaged, is returned at once.
func Open(ctx context.Context, o Options) (*DB, error) {
	e, err := parseURL(o.URL, o.TLS)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = defaultMaxOpen
	}
	w, r := e.pools(o.MaxOpen)
	if err := e.start(ctx, w, log.With(o.Logger, "database", e.name)); err != nil {
		return nil, errors.Join(err, closePools(w, r))
	}
	m := newMetrics(o.Registerer, e.name, w, r)
	db := &DB{engine: e, metrics: m, W: bun.NewDB(w, e.dialect()).WithQueryHook(m)}
	db.R = db.W
	if r != w {
		db.R = bun.NewDB(r, e.dialect()).WithQueryHook(m)
	}
	return db, nil
}

// start waits until the database answers. A file is looked at before SQLite has
// changed anything, and checked.
func (e engine) start(ctx context.Context, w *sql.DB, logger log.Logger) error {
	if e.file != nil {
		if err := e.file.prepare(logger); err != nil {
			return err
		}
	}
	if err := waitFor(ctx, w, logger); err != nil || e.file == nil {
		return err
	}
	return e.file.check(ctx, w, logger)
}

// Close ends all connections; queries still running are waited for.
func (db *DB) Close() error {
	db.metrics.unregister()
	return closePools(db.W.DB, db.R.DB)
}

// Ping checks that the database answers. Returns errs.ErrUnavailable, or
// errs.ErrDeadline if ctx ended first.
func (db *DB) Ping(ctx context.Context) error { return Convert(db.R.PingContext(ctx)) }

// closePools closes the readers first, so that SQLite's writer is the last one,
// which moves the write-ahead log into the file.
func closePools(w, r *sql.DB) error {
	if r == w {
		return w.Close()
	}
	return errors.Join(r.Close(), w.Close())
}

// waitFor pings until the database answers. A reason is logged once, not at
// each attempt.
func waitFor(ctx context.Context, pool *sql.DB, logger log.Logger) error {
	reason := ""
	for wait := backoff.New(firstWait, longestWait); ; {
		err := attempt(ctx, pool)
		if err == nil || !worthWaiting(err) {
			return err
		}
		if err.Error() != reason {
			reason = err.Error()
			_ = level.Warn(logger).Log("msg", "the database does not answer; trying again until it does", "err", err)
		}
		if !wait.Wait(ctx) {
			return errs.ErrUnavailable.Wrap(errors.Join(ctx.Err(), err))
		}
	}
}

// attempt has a deadline of its own, for a server that accepts connections and
// does not answer.
func attempt(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return pool.PingContext(ctx)
}
