package database

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/uptrace/bun/dialect/feature"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/schema"
)

// How long a pool keeps MySQL connections: idle ones until before a proxy would
// drop them, and others so long that a server behind a balancer can be drained.
const (
	maxIdleTime = 5 * time.Minute
	maxLifetime = 30 * time.Minute
	dialTimeout = 3 * time.Second
)

// mysqlEngine understands mysql://user:password@host:3306/database, with one
// parameter: tls=true (certificate checked), skip-verify or preferred.
func mysqlEngine(raw string, t func() *tls.Config) (engine, error) {
	cfg, err := mysqlConfig(raw)
	if err != nil {
		return engine{}, err
	}
	if t != nil && cfg.TLSConfig != "" && cfg.TLSConfig != "true" {
		return engine{}, fmt.Errorf("%w: tls=%s, though certificates are configured", ErrURL, cfg.TLSConfig)
	}
	connector := mysqlConnector{cfg: cfg, tls: t}
	if _, err := connector.current(); err != nil {
		return engine{}, fmt.Errorf("%w: %w", ErrURL, err)
	}
	return engine{
		name:    cfg.DBName,
		write:   connector,
		dialect: newMySQLDialect,
		lock:    mysqlLock,
	}, nil
}

func mysqlConfig(raw string) (*mysql.Config, error) {
	u, err := url.Parse(raw)
	if err != nil { // which quotes the URL, with the password: it is not wrapped
		return nil, fmt.Errorf("%w: escape what is special in the password, as in %%40 for @", ErrURL)
	}
	name := strings.TrimPrefix(u.Path, "/")
	if u.Hostname() == "" || name == "" || u.User.Username() == "" {
		return nil, fmt.Errorf("%w: user, host or database is missing", ErrURL)
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(u.Hostname(), port), name
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	if cfg.TLSConfig, err = mysqlTLS(u.Query()); err != nil {
		return nil, err
	}
	setSession(cfg)
	return cfg, nil
}

// setSession sets what todokit relies on, whatever the server's defaults.
func setSession(cfg *mysql.Config) {
	cfg.Collation = "utf8mb4_bin"
	cfg.Loc, cfg.ParseTime = time.UTC, true
	cfg.InterpolateParams = true // one round trip for a query with arguments
	cfg.ClientFoundRows = true   // UPDATE counts rows found, as SQLite does
	cfg.RejectReadOnly = true    // leave a server that a failover made read-only
	cfg.Timeout = dialTimeout
	cfg.Logger = &mysql.NopLogger{} // what it would print is returned as well
	cfg.Params = map[string]string{
		"time_zone": "'+00:00'",
		"sql_mode":  "'TRADITIONAL'", // refuse what does not fit, never change it
		// A client that hangs in the middle of a transaction must not keep its locks.
		// MySQL has no such timeout, and takes this for a comment. The timeout for
		// write transactions would not count those that have only locked rows.
		"innodb_lock_wait_timeout": "1 /*M!100300 , idle_transaction_timeout=1 */",
	}
}

func mysqlTLS(q url.Values) (string, error) {
	for key := range q {
		if key != "tls" {
			return "", fmt.Errorf("%w: unknown parameter %q", ErrURL, key)
		}
	}
	switch v := q.Get("tls"); v {
	case "", "true", "false", "skip-verify", "preferred":
		return v, nil
	default:
		return "", fmt.Errorf("%w: tls must be true, false, skip-verify or preferred", ErrURL)
	}
}

// mysqlConnector sets the isolation of a new connection with the statement
// that MySQL and MariaDB share; the variable has two names.
type mysqlConnector struct {
	cfg *mysql.Config
	tls func() *tls.Config
}

// current returns a connector with the present certificates.
func (c mysqlConnector) current() (driver.Connector, error) {
	cfg := c.cfg.Clone()
	if c.tls != nil {
		cfg.TLS = c.tls()
	}
	return mysql.NewConnector(cfg)
}

// Driver returns the driver of the connections.
func (mysqlConnector) Driver() driver.Driver { return &mysql.MySQLDriver{} }

func (c mysqlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := c.current()
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := raw.(mysqlConn) //nolint:forcetypeassert // the driver's own kind
	if _, err = conn.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return timeoutConn{conn}, nil
}

// mysqlDialect is bun's, without asking for the server's version: the SQL that is
// tested on MariaDB must be the one that MySQL gets, and must not depend on whether
// the server answered at that moment.
type mysqlDialect struct{ *mysqldialect.Dialect }

func newMySQLDialect() schema.Dialect {
	return mysqlDialect{mysqldialect.New(mysqldialect.WithTimeLocation("UTC"))}
}

// Init does not ask for the version.
func (mysqlDialect) Init(*sql.DB) {}

// Features returns what MySQL 8 and MariaDB 10.6 both have.
func (d mysqlDialect) Features() feature.Feature { return d.Dialect.Features() | feature.CTE }
