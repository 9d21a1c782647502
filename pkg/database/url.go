package database

import (
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun/schema"
)

// engine is what differs between the two kinds of database.
type engine struct {
	name    string           // of the database, for logs and metrics
	write   driver.Connector // makes connections that may write
	read    driver.Connector // makes SQLite's readers; nil: write's pool reads as well
	dialect func() schema.Dialect
	lock    lock        // held by the one that migrates
	file    *sqliteFile // nil for a server
}

// ErrURL is returned for a URL that no database can be opened with. The URL
// itself is not in the message, for there may be a password in it.
var ErrURL = errors.New(`must be "mysql://user:password@host:3306/database" or "sqlite:path"`)

// CheckURL returns an error that wraps ErrURL if Open would not understand the URL.
func CheckURL(url string) error {
	_, err := parseURL(url, nil)
	return err
}

func parseURL(url string, t func() *tls.Config) (engine, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if t != nil {
			return engine{}, fmt.Errorf("%w: TLS is for MySQL", ErrURL)
		}
		return sqliteEngine(path)
	}
	if strings.HasPrefix(url, "mysql://") {
		return mysqlEngine(url, t)
	}
	return engine{}, ErrURL
}

// pools returns the pool that writes and the pool that reads, which may be the
// same one. Idle connections are kept, since opening one costs more than
// anything done through it.
func (e engine) pools(maxOpen int) (w, r *sql.DB) {
	w = sql.OpenDB(e.write)
	if e.read == nil {
		w.SetMaxOpenConns(maxOpen)
		w.SetMaxIdleConns(maxOpen)
		w.SetConnMaxIdleTime(maxIdleTime)
		w.SetConnMaxLifetime(maxLifetime)
		return w, w
	}
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	r = sql.OpenDB(e.read)
	r.SetMaxOpenConns(maxOpen)
	r.SetMaxIdleConns(maxOpen)
	return w, r
}
