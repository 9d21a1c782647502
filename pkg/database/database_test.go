package database_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/errs"
)

// note is the table of these tests.
type note struct {
	bun.BaseModel `bun:"table:notes"`

	Owner  ulid.ULID `bun:",pk"`
	ID     ulid.ULID `bun:",pk"`
	Title  string
	Parent *ulid.ULID
	Made   time.Time
}

func migrations() fstest.MapFS {
	return fstest.MapFS{
		"mysql/0001_notes.up.sql": {Data: []byte(`
CREATE TABLE IF NOT EXISTS notes (
	owner BINARY(16) NOT NULL, id BINARY(16) NOT NULL, title VARCHAR(500) NOT NULL, parent BINARY(16), made DATETIME(6) NOT NULL,
	PRIMARY KEY (owner, id), FOREIGN KEY (owner, parent) REFERENCES notes (owner, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
CREATE TABLE IF NOT EXISTS runs (n INT NOT NULL)`)},
		"mysql/0002_run.up.sql": {Data: []byte(`INSERT INTO runs VALUES (1)`)},
		"sqlite/0001_notes.up.sql": {Data: []byte(`
CREATE TABLE notes (
	owner BLOB NOT NULL, id BLOB NOT NULL, title TEXT NOT NULL, parent BLOB, made DATETIME NOT NULL,
	PRIMARY KEY (owner, id), FOREIGN KEY (owner, parent) REFERENCES notes (owner, id)
) WITHOUT ROWID
--bun:split
CREATE TABLE runs (n INT NOT NULL)`)},
		"sqlite/0002_run.up.sql": {Data: []byte(`INSERT INTO runs VALUES (1)`)},
	}
}

func insert(t *testing.T, db *database.DB, n note) note {
	t.Helper()
	if n.ID.IsZero() {
		n.ID = ulid.Make()
	}
	if n.Made.IsZero() {
		n.Made = time.Now()
	}
	if _, err := db.W.NewInsert().Model(&n).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDB_WrittenValues_AreReadUnchanged(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		made := time.Date(2026, 3, 29, 2, 30, 0, 123456789, time.FixedZone("east", 5*3600))
		for _, title := range []string{"plain", `quote ' back\slash "double"`, "日本語 🗒️ é", "two\nlines", "%_?", ""} {
			want := insert(t, db, note{Owner: ulid.Make(), Title: title, Made: made})
			var got note
			err := db.R.NewSelect().Model(&got).Where("owner = ?", want.Owner).Where("id = ?", want.ID).Scan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Title != title || got.ID != want.ID {
				t.Errorf("got %q, want %q", got.Title, title)
			}
			if !got.Made.Equal(made.Truncate(time.Microsecond)) || got.Made.Location() != time.UTC {
				t.Errorf("got %v, want %v in UTC", got.Made, made.UTC())
			}
		}
	})
}

func TestDB_Times_OrderAndCompare(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		owner := ulid.Make()
		second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for _, micros := range []int{500000, 0, 120000, 123456, 120001, 1} {
			insert(t, db, note{Owner: owner, Made: second.Add(time.Duration(micros) * time.Microsecond)})
		}
		var got []note
		from := second.Add(time.Microsecond)
		err := db.R.NewSelect().Model(&got).Where("owner = ?", owner).Where("made >= ?", from).Order("made").Scan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 5 || !got[0].Made.Equal(from) {
			t.Fatalf("got %d notes, want 5 from %v on", len(got), from)
		}
		for i := 1; i < len(got); i++ {
			if !got[i-1].Made.Before(got[i].Made) {
				t.Errorf("%v comes before %v", got[i-1].Made, got[i].Made)
			}
		}
	})
}

func TestDB_UpdateToTheSameValue_CountsTheRow(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, migrations(), func(t *testing.T, db *database.DB) {
		n := insert(t, db, note{Owner: ulid.Make(), Title: "same"})
		res, err := db.W.NewUpdate().Model(&n).Set("title = ?", "same").WherePK().Exec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rows, _ := res.RowsAffected(); rows != 1 {
			t.Errorf("an update to the same value found %d rows, want 1", rows)
		}
	})
}

func TestSQLite_File_PrivateAndReadersCannotWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space, 100% & #?.db")
	db := databasetest.Open(t, "sqlite:"+path)
	if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	insert(t, db, note{Owner: ulid.Make()})
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%q has mode %v", suffix, info.Mode())
		}
	}
	_, err := db.R.NewInsert().Model(&note{Owner: ulid.Make(), ID: ulid.Make(), Made: time.Now()}).Exec(t.Context())
	if !errors.Is(database.Convert(err), errs.ErrUnavailable) {
		t.Errorf("a write through a reader: %v", err)
	}
}

func TestCheckURL_GoodAndBadURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"mysql://u:p@host/db", "mysql://u@[::1]:3307/db?tls=true", "sqlite:data/user.db", "mysql://u:%40%3A@host:1/db",
	} {
		if err := database.CheckURL(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"", "postgres://u:secret@host/db", "sqlite:", "sqlite::memory:", "mysql://host/db", "mysql://u:secret@host",
		"mysql://u:secret@/db", "mysql://u:secret@host/db?multiStatements=true", "mysql://u:secret%@host/db",
		"mysql://u:secret@host:x/db", "mysql://u:secret@host/db?tls=maybe",
	} {
		err := database.CheckURL(url)
		if !errors.Is(err, database.ErrURL) {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestOpen_ServerDoesNotAnswer_WaitsUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for _, addr := range []string{silent.Addr().String(), "127.0.0.1:1"} {
		_, err := database.Open(ctx, database.Options{URL: "mysql://u:secret@" + addr + "/db"})
		if !errors.Is(err, errs.ErrUnavailable) {
			t.Errorf("%s: %v", addr, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestOpen_FileCannotBeOpened_FailsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing", "x.db"), dir, text} {
		if _, err := database.Open(t.Context(), database.Options{URL: "sqlite:" + path}); err == nil {
			t.Errorf("%s was opened", path)
		}
	}
}
