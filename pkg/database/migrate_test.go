package database_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/errs"
)

// onBoth runs a subtest for each kind of database, with the URL of an empty one.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, databasetest.SQLiteURL(t)) })
	t.Run("MySQL", func(t *testing.T) { t.Parallel(); test(t, databasetest.MySQLURL(t)) })
}

func countRuns(t *testing.T, db *database.DB) int64 {
	t.Helper()
	n, err := db.R.NewSelect().Table("runs").Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMigrate_SeveralInstances_RunsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		const instances = 8
		files := migrations()
		var ready, done sync.WaitGroup
		ready.Add(instances)
		for range instances {
			done.Go(func() {
				ready.Done()
				ready.Wait()
				db, err := database.Open(t.Context(), database.Options{URL: url})
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Migrate(t.Context(), "test", files); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		db := databasetest.Open(t, url)
		if n := countRuns(t, db); n != 1 {
			t.Errorf("the migration ran %d times", n)
		}
		files["mysql/0003_later.up.sql"], files["sqlite/0003_later.up.sql"] = files["mysql/0002_run.up.sql"], files["mysql/0002_run.up.sql"]
		if err := db.Migrate(t.Context(), "test", files); err != nil {
			t.Fatal(err)
		}
		if n := countRuns(t, db); n != 2 {
			t.Errorf("a later version made %d runs of 2", n)
		}
	})
}

func TestMigrate_TwoServicesInOneDatabase_RunBoth(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		db := databasetest.Open(t, url)
		other := fstest.MapFS{
			"mysql/0001_other.up.sql":  {Data: []byte("CREATE TABLE other (x INT)")},
			"sqlite/0001_other.up.sql": {Data: []byte("CREATE TABLE other (x INT)")},
		}
		for service, files := range map[string]fs.FS{"test": migrations(), "other": other} {
			if err := db.Migrate(t.Context(), service, files); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.R.NewSelect().Table("other").Count(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestMigrate_FailedMigration_RunAgainWhenRepaired(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		db := databasetest.Open(t, url)
		repaired := migrations()
		broken := migrations()
		for _, folder := range []string{"mysql/", "sqlite/"} {
			content := append([]byte("INSERT INTO runs VALUES (7)\n--bun:split\n"), "INSERT INTO missing VALUES (1)"...)
			broken[folder+"0002_run.up.sql"] = &fstest.MapFile{Data: content}
		}
		err := db.Migrate(t.Context(), "test", broken)
		if err == nil || !strings.Contains(err.Error(), "0002") || !strings.Contains(err.Error(), "test") {
			t.Fatalf("the error does not tell the service and the migration: %v", err)
		}
		if err := db.Migrate(t.Context(), "test", repaired); err != nil {
			t.Fatal(err)
		}
		want := int64(1) // on SQLite the first run left nothing behind
		if database.IsMySQL(db.R) {
			want = 2
		}
		if n := countRuns(t, db); n != want {
			t.Errorf("%d runs, want %d", n, want)
		}
	})
}

func TestMigrate_NewerSchema_RefusedAndUnchanged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		db := databasetest.Open(t, url)
		newer := migrations()
		for _, folder := range []string{"mysql/", "sqlite/"} {
			newer[folder+"0003_later.up.sql"], newer[folder+"0010_much_later.up.sql"] = newer[folder+"0002_run.up.sql"], newer[folder+"0002_run.up.sql"]
		}
		for name, older := range map[string]fstest.MapFS{
			"of the newest": migrations(),
			// A version that branched off has a migration of its own.
			"of another branch": {"mysql/0004_other.up.sql": newer["mysql/0002_run.up.sql"], "sqlite/0004_other.up.sql": newer["sqlite/0002_run.up.sql"]},
		} {
			if err := db.Migrate(t.Context(), "test", newer); err != nil {
				t.Fatal(err)
			}
			before := countRuns(t, db)
			err := db.Migrate(t.Context(), "test", older)
			if !errors.Is(err, database.ErrNewerSchema) || errs.KindOf(err) == errs.Unavailable {
				t.Fatalf("%s: got %v", name, err)
			}
			known := "0002"
			if name != "of the newest" {
				known = "0004"
			}
			for _, part := range []string{"test", "0003", "0010", known} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: the error does not name %s: %v", name, part, err)
				}
			}
			if n := countRuns(t, db); n != before {
				t.Errorf("%s: %d runs, before it were %d", name, n, before)
			}
		}
		if err := db.Migrate(t.Context(), "test", newer); err != nil {
			t.Errorf("the newer version again: %v", err)
		}
	})
}

func TestMigrate_NoFiles_Fails(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	if err := db.Migrate(t.Context(), "test", fstest.MapFS{"mysql/0001_x.up.sql": {}}); err == nil {
		t.Error("no files for SQLite, and no error")
	}
}

func TestMigrate_LockHeld_WaitsUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		db := databasetest.Open(t, url)
		release := holdLock(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := db.Migrate(ctx, "test", migrations())
		if kind := errs.KindOf(err); kind != errs.DeadlineExceeded && kind != errs.Unavailable {
			t.Errorf("with the lock taken: %v", err)
		}
		release()
		if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
			t.Errorf("with the lock free: %v", err)
		}
	})
}

// holdLock stands for another instance that is migrating; release is its death.
func holdLock(t *testing.T, db *database.DB) (release func()) {
	t.Helper()
	conn, err := db.W.DB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	statement := "BEGIN IMMEDIATE"
	if database.IsMySQL(db.W) {
		statement = "DO GET_LOCK(CONCAT('todokit:', MD5(DATABASE())), 0)"
	}
	if _, err := conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return func() { kill(t, conn) }
}

// kill closes a connection instead of putting it back into its pool.
func kill(t *testing.T, conn *sql.Conn) {
	t.Helper()
	err := conn.Raw(func(driverConn any) error { return driverConn.(interface{ Close() error }).Close() })
	if err != nil {
		t.Error(err)
	}
	_ = conn.Close()
}
