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
	path, err := filepath.Abs(path)
	if err != nil {
		return engine{}, err
	}
	d := new(sqlite.Driver)
	name, file := filepath.Base(path), sqliteFile{path}
	return engine{
		name:    strings.TrimSuffix(name, filepath.Ext(name)),
		write:   sqliteConnector{d, file, "immediate", writePragmas},
		read:    sqliteConnector{d, file, "deferred", readPragmas},
		dialect: func() schema.Dialect { return sqlitedialect.New() },
		lock:    sqliteLock,
		file:    &file,
	}, nil
}

// sqliteConnector opens connections to one file.
type sqliteConnector struct {
	driver  *sqlite.Driver
	file    sqliteFile
	txlock  string
	pragmas []string
}

// Connect makes the file, if there is none, before SQLite would make it
// readable for everybody.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(c.file.path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	conn, err := c.driver.Open(c.dsn())
	if err != nil {
		return nil, c.file.explain(err)
	}
	return fileConn{conn.(sqliteConn), c.file}, nil //nolint:forcetypeassert // the driver's own kind
}

func (c sqliteConnector) Driver() driver.Driver { return c.driver }

func (c sqliteConnector) dsn() string {
	path := (&url.URL{Path: filepath.ToSlash(c.file.path)}).EscapedPath()
	query := url.Values{"_pragma": c.pragmas, "_txlock": {c.txlock}, "_timezone": {"UTC"}}
	return "file:" + path + "?" + query.Encode()
}
