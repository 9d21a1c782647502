// Package databasetest gives tests real databases: an SQLite file, and a fresh
// database on the MariaDB or MySQL server that TODOKIT_TEST_MYSQL_DSN names.
package databasetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-sql-driver/mysql"

	"todokit/pkg/database"
)

// timeout bounds what this package itself asks of a server.
const timeout = 30 * time.Second

// Each runs a subtest against an SQLite file and one against a fresh MySQL
// database, both with the migrations done.
func Each(t *testing.T, migrations fs.FS, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	for name, newURL := range map[string]func(testing.TB) string{"SQLite": SQLiteURL, "MySQL": MySQLURL} {
		t.Run(name, func(t *testing.T) {
			db := Open(t, newURL(t))
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			if err := db.Migrate(ctx, "test", migrations); err != nil {
				t.Fatal(err)
			}
			test(t, db)
		})
	}
}

// Before returns the migration files whose names come before one.
func Before(tb testing.TB, migrations fs.FS, name string) fs.FS {
	tb.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(migrations, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() >= name {
			return err
		}
		content, err := fs.ReadFile(migrations, path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// Open opens the database and closes it when the test ends.
func Open(tb testing.TB, url string) *database.DB {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	db, err := database.Open(ctx, database.Options{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// SQLiteURL returns the URL of a file that does not exist yet.
func SQLiteURL(tb testing.TB) string {
	return "sqlite:" + filepath.Join(tb.TempDir(), "test.db")
}

// MySQLURL makes a database that is dropped when the test ends. Without
// TODOKIT_TEST_MYSQL_DSN ("user:password@tcp(127.0.0.1:3306)/") the test is
// skipped, or fails where TODOKIT_TEST_REQUIRE is 1.
func MySQLURL(tb testing.TB) string {
	tb.Helper()
	dsn := os.Getenv("TODOKIT_TEST_MYSQL_DSN")
	if dsn == "" {
		const reason = "TODOKIT_TEST_MYSQL_DSN is not set; make test sets it"
		if os.Getenv("TODOKIT_TEST_REQUIRE") == "1" {
			tb.Fatal(reason)
		}
		tb.Skip(reason)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		tb.Fatal("TODOKIT_TEST_MYSQL_DSN: ", err)
	}
	server, err := sql.Open("mysql", dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	name := createDatabase(tb, server)
	u := url.URL{Scheme: "mysql", User: url.UserPassword(cfg.User, cfg.Passwd), Host: cfg.Addr, Path: "/" + name}
	return u.String()
}

// createDatabase gives it a default that no table should rely on, to find the
// table that does not name its own character set.
func createDatabase(tb testing.TB, server *sql.DB) string {
	tb.Helper()
	random := make([]byte, 8)
	_, _ = rand.Read(random) // it never fails
	name := "todokit_test_" + hex.EncodeToString(random)
	exec(tb, server, "CREATE DATABASE "+name+" CHARACTER SET latin1")
	tb.Cleanup(func() { exec(tb, server, "DROP DATABASE "+name) })
	return name
}

func exec(tb testing.TB, server *sql.DB, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), timeout)
	defer cancel()
	if _, err := server.ExecContext(ctx, statement); err != nil {
		tb.Error(err)
	}
}
