package database

import (
	"context"
	"io/fs"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// Step is a migration in Go, for what SQL cannot compute. It is run once, in the
// order of names, between those files that the names are between.
type Step struct {
	Name string // as a file's begins: "0006"
	// Run must be repeatable: on MySQL it may have been interrupted anywhere, and
	// begins its own transactions. On SQLite it is in one, and must not begin another.
	Run func(context.Context, *bun.DB) error
}

// filesAndSteps are the migrations of a service.
type filesAndSteps struct {
	fs.FS
	steps []Step
}

// WithSteps adds migrations in Go to the files of DB.Migrate.
func WithSteps(files fs.FS, steps ...Step) fs.FS { return filesAndSteps{files, steps} }

func (s Step) migration() migrate.Migration {
	m := migrate.Migration{Name: s.Name, Comment: "in Go"}
	m.Up = func(ctx context.Context, migrator *migrate.Migrator, _ *migrate.Migration) error {
		return s.Run(ctx, migrator.DB())
	}
	return m
}
