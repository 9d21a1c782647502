package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
)

// The settings of a connection. FULL is what keeps an acknowledged write
// through a power cut. The writer takes its lock when a transaction begins:
// one that begins with a read could not wait for the lock later.
var (
	common       = []string{"busy_timeout(1000)", "foreign_keys(1)"}
	writePragmas = append([]string{"journal_mode(WAL)", "synchronous(FULL)"}, common...)
	readPragmas  = append([]string{"query_only(1)"}, common...)
)

// fileMode keeps other accounts of the machine out. SQLite gives the files
// that it puts beside the database the same mode.
const fileMode = 0o600

func sqliteEngine(path string) (engine, error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return engine{}, fmt.Errorf("%w: it must name a file", ErrURL)
	}
	d := new(sqlite.Driver)
	name := filepath.Base(path)
	return engine{
		name:    strings.TrimSuffix(name, filepath.Ext(name)),
		write:   sqliteConnector{d, path, "immediate", writePragmas},
		read:    sqliteConnector{d, path, "deferred", readPragmas},
		dialect: func() schema.Dialect { return sqlitedialect.New() },
		lock:    sqliteLock,
	}, nil
}

// sqliteConnector opens connections to one file.
type sqliteConnector struct {
	driver  *sqlite.Driver
	path    string
	txlock  string
	pragmas []string
}

// Connect makes the file, if there is none, before SQLite would make it
// readable for everybody.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(c.path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return c.driver.Open(c.dsn())
}

func (c sqliteConnector) Driver() driver.Driver { return c.driver }

func (c sqliteConnector) dsn() string {
	path := (&url.URL{Path: filepath.ToSlash(c.path)}).EscapedPath()
	query := url.Values{"_pragma": c.pragmas, "_txlock": {c.txlock}, "_timezone": {"UTC"}}
	return "file:" + path + "?" + query.Encode()
}
