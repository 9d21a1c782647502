package database_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/errs"
)

func TestConvert_Errors_Classified(t *testing.T) {
	t.Parallel()
	code := func(number uint16) error { return &mysql.MySQLError{Number: number} }
	for _, c := range []struct {
		err  error
		want *errs.Error
	}{
		{context.Canceled, errs.ErrCancelled},
		{context.DeadlineExceeded, errs.ErrDeadline},
		{driver.ErrBadConn, errs.ErrUnavailable},
		{mysql.ErrInvalidConn, errs.ErrUnavailable},
		{sql.ErrConnDone, errs.ErrUnavailable},
		{io.ErrUnexpectedEOF, errs.ErrUnavailable},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, errs.ErrUnavailable},
		{code(1040), errs.ErrUnavailable}, // too many connections
		{code(1205), errs.ErrUnavailable}, // lock wait
		{code(1213), errs.ErrUnavailable}, // deadlock
		{code(1290), errs.ErrUnavailable}, // read-only
		{code(1053), errs.ErrUnavailable}, // shutdown
		{code(1927), errs.ErrUnavailable}, // killed
		{code(2006), errs.ErrUnavailable},
		{code(2013), errs.ErrUnavailable},
		{code(1062), errs.ErrInternal}, // a store asks IsDuplicate before
		{code(1064), errs.ErrInternal}, // syntax
		{code(1406), errs.ErrInternal}, // too long for the column
		{sql.ErrNoRows, errs.ErrInternal},
		{fs.ErrNotExist, errs.ErrInternal},
		{errs.ErrForbidden, errs.ErrForbidden},
	} {
		wrapped := fmt.Errorf("while testing: %w", c.err)
		got := database.Convert(wrapped)
		if !errors.Is(got, c.want) || !errors.Is(got, c.err) {
			t.Errorf("%v becomes %v, want %v", c.err, got, c.want)
		}
	}
	if database.Convert(nil) != nil {
		t.Error("no error becomes one")
	}
}

func TestIsDuplicate_IsForeignKey_BrokenConstraints(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		n := insert(t, db, note{Owner: ulid.Make()})
		_, duplicate := db.W.NewInsert().Model(&n).Exec(t.Context())
		missing := ulid.Make()
		orphan := note{Owner: n.Owner, ID: ulid.Make(), Parent: &missing, Made: time.Now()}
		_, foreign := db.W.NewInsert().Model(&orphan).Exec(t.Context())
		insert(t, db, note{Owner: n.Owner, Parent: &n.ID})
		_, parent := db.W.NewDelete().Model(&n).WherePK().Exec(t.Context())
		for name, err := range map[string]error{"duplicate": duplicate, "foreign": foreign, "parent": parent} {
			for _, err := range []error{err, database.Convert(err)} {
				if database.IsDuplicate(err) != (name == "duplicate") || database.IsForeignKey(err) != (name != "duplicate") {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

func TestConvert_DiskFull_Unavailable(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.W.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // as if no page more fitted
		t.Fatal(err)
	}
	var err error
	for range 10000 {
		n := note{Owner: ulid.Make(), ID: ulid.Make(), Title: "fill it", Made: time.Now()}
		if _, err = db.W.NewInsert().Model(&n).Exec(t.Context()); err != nil {
			break
		}
	}
	if !errors.Is(database.Convert(err), errs.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestConvert_ContextEnded_CancelledOrDeadline(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		late, cancelLate := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancelLate()
		slow := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
		if database.IsMySQL(db.R) {
			slow = "SELECT SLEEP(30)"
		}
		for ctx, want := range map[context.Context]*errs.Error{cancelled: errs.ErrCancelled, late: errs.ErrDeadline} {
			var n int
			err := db.R.QueryRowContext(ctx, slow).Scan(&n)
			if !errors.Is(database.Convert(err), want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("after that: %v", err)
		}
		if err := db.Ping(cancelled); !errors.Is(err, errs.ErrCancelled) {
			t.Errorf("a ping without time: %v", err)
		}
	})
}
