package bare

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Layout is how a time is written, which both kinds of database read.
const Layout = "2006-01-02 15:04:05.000000"

// maxOpen is the default of todokit's task service.
const maxOpen = 32

// Open opens the database of one of todokit's URLs ("mysql://user:password@host:port/database"
// or "sqlite:path") with pools like todokit's: one that writes and one that reads, which are the
// same for MySQL.
func Open(database string) (write, read *sql.DB, err error) {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		if write, err = pool("sqlite", sqliteDSN(path, "immediate", "journal_mode(WAL)", "synchronous(FULL)"), 1); err == nil {
			read, err = pool("sqlite", sqliteDSN(path, "deferred", "query_only(1)"), maxOpen)
		}
		return write, read, err
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, nil, fmt.Errorf("database: %w", err)
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName, cfg.User = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.InterpolateParams = true // one round trip for a statement with arguments
	write, err = pool("mysql", cfg.FormatDSN(), maxOpen)
	return write, write, err
}

func sqliteDSN(path, txlock string, pragmas ...string) string {
	query := url.Values{"_pragma": append(pragmas, "busy_timeout(1000)", "foreign_keys(1)"), "_txlock": {txlock}, "_timezone": {"UTC"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

func pool(driver, dsn string, size int) (*sql.DB, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}
