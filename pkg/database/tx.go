package database

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// txAttempts is how often a transaction that loses to another is run.
const txAttempts = 4

// Tx runs do in a transaction, and commits it unless do returns an error. A
// transaction that the database broke off in favour of another (a deadlock) is
// run again: do must have no effect but on tx. Errors are as Convert returns
// them; IsDuplicate and errors.Is see through.
func (db *DB) Tx(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	for n := 1; ; n++ {
		err := db.W.RunInTx(ctx, nil, do)
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err) // it was broken off because its caller left
		}
		if err == nil || n == txAttempts || !worthRepeating(err) {
			return Convert(err)
		}
		if ended := sleep(ctx, jitter(n)); ended != nil {
			return Convert(ended)
		}
	}
}

// jitter keeps two transactions that met from meeting again: it is longer, and
// more different, from time to time.
func jitter(n int) time.Duration {
	return time.Duration(n)*2*time.Millisecond + rand.N(time.Duration(n)*10*time.Millisecond)
}
