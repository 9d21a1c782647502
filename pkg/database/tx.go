package database

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"todokit/pkg/backoff"
)

// txAttempts is how often a transaction is run that ends in deadlocks.
const txAttempts = 4

// Tx runs do in a transaction, and commits it unless do returns an error. A
// transaction that the database rolls back because of a deadlock is run again: do
// must have no effect but on tx. Errors are as Convert returns
// them; IsDuplicate and errors.Is see through.
func (db *DB) Tx(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	for n := 1; ; n++ {
		err := db.W.RunInTx(ctx, nil, do)
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err) // it was rolled back because its caller left
		}
		if err == nil || n == txAttempts || !worthRepeating(err) {
			return Convert(err)
		}
		if !backoff.Sleep(ctx, jitter(n)) {
			return Convert(ctx.Err())
		}
	}
}

// jitter is the wait after attempt n. It is random, and the more so the larger n
// is, so that the transactions of a deadlock do not run into the next one.
func jitter(n int) time.Duration {
	return time.Duration(n)*2*time.Millisecond + rand.N(time.Duration(n)*10*time.Millisecond)
}
