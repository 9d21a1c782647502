package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/errs"
)

func setTitle(ctx context.Context, db bun.IDB, n note, title string) error {
	_, err := db.NewUpdate().Model(&n).Set("title = ?", title).WherePK().Exec(ctx)
	return err
}

func titleOf(t *testing.T, db *database.DB, n note) string {
	t.Helper()
	if err := db.R.NewSelect().Model(&n).WherePK().Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n.Title
}

func TestDB_Tx_ErrorOrPanic_RollsBack(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		n := insert(t, db, note{Owner: ulid.Make(), Title: "before"})
		stop := errs.ErrForbidden
		err := db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(setTitle(ctx, tx, n, "never"), stop)
		})
		if !errors.Is(err, stop) || titleOf(t, db, n) != "before" {
			t.Errorf("got %v, title %q", err, titleOf(t, db, n))
		}
		panicked := func() (p any) {
			defer func() { p = recover() }()
			_ = db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_ = setTitle(ctx, tx, n, "never")
				panic("in the middle")
			})
			return nil
		}()
		if panicked == nil || titleOf(t, db, n) != "before" {
			t.Errorf("after a panic: %v, title %q", panicked, titleOf(t, db, n))
		}
		err = db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return setTitle(ctx, tx, n, "after") })
		if err != nil || titleOf(t, db, n) != "after" {
			t.Errorf("got %v, title %q", err, titleOf(t, db, n))
		}
	})
}

// database/sql rolls a transaction back when its context ends, and then only
// returns ErrTxDone.
func TestDB_Tx_CallerLeft_Cancelled(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		n := insert(t, db, note{Owner: ulid.Make(), Title: "before"})
		ctx, leave := context.WithCancel(t.Context())
		err := db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := setTitle(ctx, tx, n, "never"); err != nil {
				return err
			}
			leave()
			for { // until it is rolled back
				if _, err := tx.ExecContext(context.WithoutCancel(ctx), "SELECT 1"); errors.Is(err, sql.ErrTxDone) {
					return nil
				}
			}
		})
		if !errors.Is(err, errs.ErrCancelled) || titleOf(t, db, n) != "before" {
			t.Errorf("got %v, title %q", err, titleOf(t, db, n))
		}
	})
}

func TestDB_Tx_ConcurrentOnTheSameRows_AllCommit(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		owner := ulid.Make()
		a, b := insert(t, db, note{Owner: owner}), insert(t, db, note{Owner: owner})
		var all sync.WaitGroup
		for i := range 20 {
			first, second := a, b
			if i%2 == 0 {
				first, second = b, a
			}
			all.Go(func() {
				err := db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := setTitle(ctx, tx, first, fmt.Sprint(i)); err != nil {
						return err
					}
					return database.Convert(setTitle(ctx, tx, second, fmt.Sprint(i))) // as a store does
				})
				if err != nil && !errors.Is(err, errs.ErrUnavailable) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if titleOf(t, db, a) != titleOf(t, db, b) {
			t.Errorf("one has %q, the other %q", titleOf(t, db, a), titleOf(t, db, b))
		}
	})
}

func TestDB_Tx_Deadlock_RunsAgain(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.MySQLURL(t)) // SQLite's one writer cannot meet another
	if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	owner := ulid.Make()
	a, b := insert(t, db, note{Owner: owner}), insert(t, db, note{Owner: owner})
	var met, all sync.WaitGroup
	met.Add(2)
	attempts := make(chan int, 2)
	cross := func(first, second note) {
		n := 0
		err := db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			n++
			if err := setTitle(ctx, tx, first, "x"); err != nil {
				return err
			}
			if n == 1 { // each holds its first row now, and waits for the other's
				met.Done()
				met.Wait()
			}
			return setTitle(ctx, tx, second, "x")
		})
		if err != nil {
			t.Error(err)
		}
		attempts <- n
	}
	all.Go(func() { cross(a, b) })
	all.Go(func() { cross(b, a) })
	all.Wait()
	if total := <-attempts + <-attempts; total < 3 {
		t.Errorf("%d attempts: there was no deadlock", total)
	}
}

func TestDB_Tx_RowLocked_UnavailableAfterASecond(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		holder, waiter := databasetest.Open(t, url), databasetest.Open(t, url)
		if err := holder.Migrate(t.Context(), "test", migrations()); err != nil {
			t.Fatal(err)
		}
		n := insert(t, holder, note{Owner: ulid.Make(), Title: "before"})
		err := holder.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := setTitle(ctx, tx, n, "held"); err != nil {
				return err
			}
			if err := allowIdle(ctx, tx); err != nil {
				return err
			}
			if got := titleOf(t, waiter, n); got != "before" {
				t.Errorf("a reader sees %q", got)
			}
			patient, cancel := context.WithTimeout(ctx, 15*time.Second)
			defer cancel()
			err := waiter.Tx(patient, func(ctx context.Context, tx bun.Tx) error { return setTitle(ctx, tx, n, "late") })
			if !errors.Is(err, errs.ErrUnavailable) {
				t.Errorf("the other writer got %v", err)
			}
			return nil
		})
		if err != nil || titleOf(t, waiter, n) != "held" {
			t.Errorf("got %v, %q", err, titleOf(t, waiter, n))
		}
	})
}

func TestMySQL_Session_Variables(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.MySQLURL(t))
	for statement, want := range map[string]string{
		"SELECT @@time_zone":                           "+00:00",
		"SELECT @@innodb_lock_wait_timeout":            "1",
		"SELECT @@sql_mode LIKE '%STRICT_ALL_TABLES%'": "1",
		"SELECT @@character_set_client":                "utf8mb4",
		"SELECT @@collation_connection":                "utf8mb4_bin",
	} {
		var got string
		if err := db.R.QueryRowContext(t.Context(), statement).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", statement, got, err, want)
		}
	}
	var name, isolation string // MySQL and MariaDB have different names
	err := db.R.QueryRowContext(t.Context(), "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')").
		Scan(&name, &isolation)
	if err != nil || isolation != "READ-COMMITTED" {
		t.Errorf("%s is %q (%v)", name, isolation, err)
	}
}

// allowIdle keeps the server from ending a transaction that is idle.
func allowIdle(ctx context.Context, tx bun.Tx) error {
	if !database.IsMySQL(tx) {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SET SESSION sql_safe_updates=0 /*M!100300 , idle_transaction_timeout=60 */")
	return err
}

// A client that hangs must not keep the rows that it has locked, even if it has
// not written to them.
func TestMariaDB_IdleTransactionThatOnlyLocked_IsEnded(t *testing.T) {
	t.Parallel()
	url := databasetest.MySQLURL(t)
	idle, other := databasetest.Open(t, url), databasetest.Open(t, url)
	var name, bound string
	err := idle.R.QueryRowContext(t.Context(), "SHOW VARIABLES LIKE 'idle_transaction_timeout'").Scan(&name, &bound)
	if errors.Is(err, sql.ErrNoRows) {
		return // MySQL has no such timeout
	}
	if err := idle.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	n := insert(t, idle, note{Owner: ulid.Make(), Title: "before"})
	tx, err := idle.W.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	locked := note{Owner: n.Owner, ID: n.ID}
	if err := tx.NewSelect().Model(&locked).WherePK().For("UPDATE").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "lock", func() bool { // each attempt waits for up to a second
		return other.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return setTitle(ctx, tx, n, "after") }) == nil
	})
	if err := tx.Commit(); err == nil {
		t.Error("the idle transaction was committed")
	}
	if titleOf(t, other, n) != "after" {
		t.Errorf("the title is %q", titleOf(t, other, n))
	}
}
