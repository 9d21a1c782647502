package database

import (
	"context"
	"database/sql"
	"errors"
)

// lock waits, until ctx ends, for the lock that migrations need, and takes it on the
// pool's only connection. The function it returns releases the lock, and returns
// err or what went wrong now. The database itself releases the lock if its holder
// dies.
type lock func(ctx context.Context, pool *sql.DB) (unlock func(context.Context, error) error, err error)

// mysqlLock takes a lock of the server, named after the database since the
// names are the whole server's. The server waits at most a second at a time,
// because it does not notice at once when a waiting client is gone.
func mysqlLock(ctx context.Context, pool *sql.DB) (func(context.Context, error) error, error) {
	const name = "CONCAT('todokit:', MD5(DATABASE()))" // a name has at most 64 characters
	for {
		var got sql.NullInt64
		if err := pool.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", 1)").Scan(&got); err != nil {
			return nil, err
		}
		if got.Int64 == 1 {
			return func(ctx context.Context, err error) error {
				_, unlockErr := pool.ExecContext(ctx, "DO RELEASE_LOCK("+name+")")
				return errors.Join(err, unlockErr)
			}, nil
		}
	}
}

// sqliteLock begins a transaction, which also makes the whole run one step.
// It is not one of database/sql, because the migrator takes no transaction.
func sqliteLock(ctx context.Context, pool *sql.DB) (func(context.Context, error) error, error) {
	for {
		_, err := pool.ExecContext(ctx, "BEGIN IMMEDIATE")
		if err == nil {
			break
		}
		if ctx.Err() != nil || !worthWaiting(err) {
			return nil, err
		}
	}
	return func(ctx context.Context, err error) error {
		if err != nil { // closing the connection rolls it back
			return err
		}
		_, err = pool.ExecContext(ctx, "COMMIT")
		return err
	}, nil
}
