package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/go-kit/log/level"

	"todokit/pkg/backoff"
	"todokit/pkg/config"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/pkg/health"
	"todokit/pkg/tlsconfig"
)

// longestMigrationWait is between attempts to migrate a database that is away, or
// whose disk is full.
const longestMigrationWait = 10 * time.Second

// DatabaseConfig says where a service keeps its data.
type DatabaseConfig struct {
	Section config.Section
	URL     config.Secret    `config:"url" usage:"mysql://user:password@host:3306/database, or sqlite:path"`
	MaxOpen int              `config:"max_open" usage:"most open connections"`
	TLS     tlsconfig.Config `config:"tls"`
}

// Validate names the keys that are wrong.
func (c DatabaseConfig) Validate() error {
	if c.MaxOpen < 1 {
		return config.Invalid("max_open", "must be at least 1")
	}
	if c.URL.Empty() {
		return nil
	}
	if err := database.CheckURL(c.URL.Reveal()); err != nil {
		return config.Invalid("url", "%w", err)
	}
	return nil
}

// Required returns an error if the URL is missing, for a command that has no
// default.
func (c DatabaseConfig) Required() error {
	if c.URL.Empty() {
		return config.Invalid("database.url", "is required")
	}
	return nil
}

// Open opens a service's database and brings its tables up to date. It waits
// for a database that is away until ctx ends. Until it returns, and from then on,
// the process's health includes the database.
func (c DatabaseConfig) Open(ctx context.Context, env Env, service string, migrations fs.FS) (*database.DB, error) {
	env.Health.Add("database", health.Waiting)
	t, err := c.TLS.Client()
	if err != nil {
		return nil, fmt.Errorf("%s.%w", c.Section, err)
	}
	db, err := database.Open(ctx, database.Options{
		URL: c.URL.Reveal(), TLS: t, MaxOpen: c.MaxOpen, Logger: env.Logger, Registerer: env.Registry,
	})
	if err != nil {
		return nil, c.Section.Invalid("url", "%w", err)
	}
	for wait := backoff.New(time.Second, longestMigrationWait); ; {
		err = db.Migrate(ctx, service, migrations)
		if err == nil || errs.KindOf(err) != errs.Unavailable {
			break
		}
		_ = level.Warn(env.Logger).Log("msg", "migration was interrupted; trying again", "err", err)
		if !wait.Wait(ctx) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(c.Section.Invalid("url", "%w", err), db.Close())
	}
	env.Health.Add("database", db.Ping)
	return db, nil
}
