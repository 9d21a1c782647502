package database_test

import (
	"context"
	"testing"
	"time"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
)

// running counts the statements with a mark that the server is working on.
const running = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE ? AND id <> CONNECTION_ID()"

// A statement that nobody waits for any more ends at the server, which would
// otherwise go on for as long as it takes.
func TestAStatementEndsAtTheServerWithItsContext(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		if !database.IsMySQL(db.R) {
			return // SQLite works in this process, where the driver stops it
		}
		count := func() (n int) {
			if err := db.R.QueryRowContext(t.Context(), running, "%SLEEP(600%").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for name, do := range map[string]func(context.Context) error{
			"query": func(ctx context.Context) error {
				var n int
				return db.R.QueryRowContext(ctx, "SELECT SLEEP(600)").Scan(&n)
			},
			"statement": func(ctx context.Context) error {
				_, err := db.W.ExecContext(ctx, "DO SLEEP(600)")
				return err
			},
		} {
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan error, 1)
			go func() { left <- do(ctx) }()
			await(t, name+" to run", func() bool { return count() == 1 })
			leave()
			if err := <-left; err == nil {
				t.Errorf("%s: no error", name)
			}
			await(t, name+" to end", func() bool { return count() == 0 })
		}
		for range 40 { // none of the pool's connections is one that was stopped
			if err := db.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			count()
		}
	})
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
