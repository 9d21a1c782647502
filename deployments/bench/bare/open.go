package bare

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"todokit/pkg/database"
)

// maxOpen is the default of todokit's task service.
const maxOpen = 32

// Open opens the tables: "sqlite:path", or what go-sql-driver calls a DSN. The
// function that it returns closes them.
func Open(ctx context.Context, dsn string) (*Store, func() error, error) {
	if strings.HasPrefix(dsn, "sqlite:") {
		return openSQLite(ctx, dsn)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("dsn: %w", err)
	}
	// One round trip for a statement with arguments.
	cfg.InterpolateParams, cfg.ParseTime, cfg.Loc = true, true, time.UTC
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("dsn: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(maxOpen)
	db.SetMaxIdleConns(maxOpen)
	if err := db.PingContext(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open the database: %w", err), db.Close())
	}
	return &Store{read: db, write: db, page: fmt.Sprintf(some, "FORCE INDEX (", ")")}, db.Close, nil
}

// openSQLite takes todokit's pools, one writer and many readers, so that the
// settings of the connections are the very same; nothing of bun is called.
func openSQLite(ctx context.Context, url string) (*Store, func() error, error) {
	db, err := database.Open(ctx, database.Options{URL: url, MaxOpen: maxOpen})
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	return &Store{read: db.R.DB, write: db.W.DB, page: fmt.Sprintf(some, "INDEXED BY", "")}, db.Close, nil
}
