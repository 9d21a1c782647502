package database_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/errs"
)

// filledFile makes a database of some hundred pages, and closes it.
func filledFile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "filled.db")
	db, err := database.Open(t.Context(), database.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		insert(t, db, note{Owner: ulid.Make(), Title: strings.Repeat("x", 500)})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// openOnce opens a file, and closes it. It returns what was logged.
func openOnce(t *testing.T, path string) (string, error) {
	t.Helper()
	var logged bytes.Buffer
	db, err := database.Open(t.Context(), database.Options{URL: "sqlite:" + path, Logger: log.NewLogfmtLogger(&logged)})
	if err == nil {
		err = db.Close()
	}
	return logged.String(), err
}

func TestOpen_DamagedFile_RefusedWithItsPath(t *testing.T) {
	t.Parallel()
	const page = 4096
	garbage := bytes.Repeat([]byte{0xA5}, page)
	for name, damage := range map[string]func(t *testing.T, path string){
		"one page":       func(t *testing.T, path string) { overwrite(t, path, 20*page, garbage) },
		"a page of null": func(t *testing.T, path string) { overwrite(t, path, 30*page, make([]byte, page)) },
		"half a page":    func(t *testing.T, path string) { overwrite(t, path, 40*page, garbage[:page/2]) },
		"the schema":     func(t *testing.T, path string) { overwrite(t, path, 100, garbage[:1000]) },
		"the header":     func(t *testing.T, path string) { overwrite(t, path, 0, garbage[:100]) },
		"cut short":      func(t *testing.T, path string) { truncate(t, path, 50*page) },
		"another kind of file": func(t *testing.T, path string) {
			truncate(t, path, 0)
			overwrite(t, path, 0, bytes.Repeat([]byte("dear diary\n"), 1000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filledFile(t)
			if _, err := openOnce(t, path); err != nil {
				t.Fatalf("undamaged: %v", err)
			}
			damage(t, path)
			_, err := openOnce(t, path)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	}
}

func TestOpen_MissingFileWithLog_RefusedAndLogKept(t *testing.T) {
	t.Parallel()
	path := filledFile(t)
	wal := path + "-wal"
	if err := os.WriteFile(wal, []byte("what was not moved into the file yet"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lose := range map[string]func() error{
		"empty":   func() error { return os.Truncate(path, 0) },
		"missing": func() error { return os.Remove(path) },
	} {
		if err := lose(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if _, err := openOnce(t, path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "-wal") {
			t.Errorf("%s: got %v", name, err)
		}
		if info, err := os.Stat(wal); err != nil || info.Size() == 0 {
			t.Errorf("%s: the log is gone: %v", name, err)
		}
	}
	if err := os.Remove(wal); err != nil {
		t.Fatal(err)
	}
	logged, err := openOnce(t, path)
	if err != nil || !strings.Contains(logged, path) {
		t.Errorf("without the log: %v; a new file is not told of: %q", err, logged)
	}
	if logged, err = openOnce(t, path); err != nil || logged != "" {
		t.Errorf("the second time: %v, %q", err, logged)
	}
}

// TestDB_FileErrors_NamePathAndMeaning breaks the file of an open database.
func TestDB_FileErrors_NamePathAndMeaning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breakIt func(t *testing.T, db *database.DB, path string)
		want    *errs.Error
		meaning string
	}{
		"no space": {func(t *testing.T, db *database.DB, _ string) {
			if _, err := db.W.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
				t.Fatal(err)
			}
		}, errs.ErrUnavailable, "the disk is full"},
		"damaged page": {func(t *testing.T, db *database.DB, path string) {
			if _, err := db.W.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, path, 4096, bytes.Repeat([]byte{0xA5}, int(info.Size())-4096))
		}, errs.ErrInternal, "the file is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filledFile(t)
			db, err := database.Open(t.Context(), database.Options{URL: "sqlite:" + path})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			c.breakIt(t, db, path)
			err = useEachWay(t, db)
			if !errors.Is(database.Convert(err), c.want) || !strings.Contains(fmt.Sprint(err), path+": "+c.meaning) {
				t.Errorf("got %v, want %q", err, path+": "+c.meaning)
			}
		})
	}
}

// useEachWay reads and writes until something fails.
func useEachWay(t *testing.T, db *database.DB) error {
	t.Helper()
	for range 1000 {
		var all []note
		if err := db.R.NewSelect().Model(&all).Scan(t.Context()); err != nil {
			return err
		}
		n := note{Owner: ulid.Make(), ID: ulid.Make(), Title: strings.Repeat("x", 500), Made: time.Now()}
		if _, err := db.W.NewInsert().Model(&n).Exec(t.Context()); err != nil {
			return err
		}
	}
	return nil
}

func overwrite(t *testing.T, path string, at int64, content []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}
