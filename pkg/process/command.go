package process

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"

	"todokit/pkg/config"
)

// Settings are the configuration of a command: a pointer to a struct that embeds
// Config, filled with the defaults.
type Settings interface{ Common() Config }

// Common returns c itself: by embedding Config, a struct becomes Settings.
func (c Config) Common() Config { return c }

// Command runs a command: it reads the configuration into settings,
// or answers --help and --version, and runs what assemble adds. See Run.
func Command(ctx context.Context, args []string, program config.Program, settings Settings, assemble func(*run.Group, Env) error) error {
	program.Version = Version()
	warnings, err := config.Load(args, os.Environ(), program, settings)
	if answer, ok := errors.AsType[*config.Output](err); ok {
		fmt.Println(answer.Text)
		return nil
	}
	if err != nil {
		return err
	}
	return Run(ctx, program.Name, settings.Common(), func(g *run.Group, env Env) error {
		for _, w := range warnings {
			_ = level.Warn(env.Logger).Log("msg", "configuration", "warning", w)
		}
		return assemble(g, env)
	})
}
