package database_test

import (
	"context"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database/databasetest"
)

// running counts the statements with a mark that the server is working on.
const running = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE ? AND id <> CONNECTION_ID()"

// computes takes hours, and does not notice that its connection was closed.
const computes = "BENCHMARK(1000000000000, MD5('todokit'))"

// A caller that leaves, long before its deadline or because of it, does not leave
// a statement behind that runs until it is done.
func TestMySQL_CallerLeft_StatementEndsAtTheServerByTheDeadline(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.MySQLURL(t))
	count := func() (n int) {
		if err := db.R.QueryRowContext(t.Context(), running, "%BENCHMARK(%").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	query := func(ctx context.Context) error {
		var n int
		return db.R.QueryRowContext(ctx, "SELECT "+computes).Scan(&n)
	}
	for name, c := range map[string]struct {
		do     func(context.Context) error
		leaves bool // before the deadline
	}{
		"query":          {query, true},
		"query deadline": {query, false},
		"transaction": {func(ctx context.Context) error {
			return db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "DO "+computes)
				return err
			})
		}, true},
	} {
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		left := make(chan error, 1)
		go func() { left <- c.do(ctx) }()
		if c.leaves {
			await(t, name+" to run", func() bool { return count() == 1 })
			leave()
		}
		if err := <-left; err == nil {
			t.Errorf("%s: no error", name)
		}
		leave()
		await(t, name+" to end", func() bool { return count() == 0 })
	}
}

// The timeout must not break any kind of statement.
func TestMySQL_StatementsWithADeadline_WorkAsWithout(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.MySQLURL(t))
	if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n := note{Owner: ulid.Make(), ID: ulid.Make(), Title: "before", Made: time.Now()}
	err := db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&n).Exec(ctx); err != nil {
			return err
		}
		locked := note{Owner: n.Owner, ID: n.ID}
		if err := tx.NewSelect().Model(&locked).WherePK().For("UPDATE SKIP LOCKED").Scan(ctx); err != nil || locked.Title != "before" {
			t.Errorf("got %q, %v", locked.Title, err)
		}
		return setTitle(ctx, tx, n, "after")
	})
	if err != nil || titleOf(t, db, n) != "after" {
		t.Errorf("got %v, title %q", err, titleOf(t, db, n))
	}
	var bound float64
	if err := db.R.QueryRowContext(ctx, "SELECT @@max_statement_time").Scan(&bound); err != nil || bound < 50 || bound > 61 {
		t.Errorf("within a statement the timeout is %v s; %v", bound, err)
	}
	if err := db.R.QueryRowContext(t.Context(), "SELECT @@max_statement_time").Scan(&bound); err != nil || bound != 0 {
		t.Errorf("for statements without a deadline it is %v s; %v", bound, err)
	}
	if _, err := db.W.NewDelete().Model(&n).WherePK().Exec(ctx); err != nil {
		t.Error(err)
	}
}

// await asks until it is so. Each question is a round trip, and so a pause.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("waited too long for the %s", what)
		}
	}
}
