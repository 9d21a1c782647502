package process

import (
	"fmt"
	"io"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"gopkg.in/natefinch/lumberjack.v2"

	"todokit/pkg/config"
)

// LogConfig says what is logged, how and where.
type LogConfig struct {
	Level  string `config:"level" usage:"least level that is logged: debug, info, warn or error"`
	Format string `config:"format" usage:"logfmt or json"`
	File   string `config:"file" usage:"file to log to instead of standard error; rotated at 100 MB, ten old ones are kept for 30 days"`
}

// Validate names the keys that are wrong.
func (c LogConfig) Validate() error {
	if _, err := level.Parse(c.Level); err != nil {
		return config.Invalid("level", "%q is none of debug, info, warn, error", c.Level)
	}
	if c.Format != "logfmt" && c.Format != "json" {
		return config.Invalid("format", "%q is neither logfmt nor json", c.Format)
	}
	return nil
}

// NewLogger returns a logger that writes whole lines to stderr, or to the
// configured file, each with a time in UTC. Close flushes and closes the file.
func NewLogger(c LogConfig, stderr io.Writer) (log.Logger, io.Closer, error) {
	var closer io.Closer = nopCloser{}
	out := stderr
	if c.File != "" {
		file := &lumberjack.Logger{Filename: c.File, MaxSize: 100, MaxBackups: 10, MaxAge: 30, Compress: true}
		// Fail now, and not at the first line, if the file cannot be written.
		if _, err := file.Write(nil); err != nil {
			return nil, nil, fmt.Errorf("log.file: %w", err)
		}
		out, closer = file, file
	}
	out = log.NewSyncWriter(out)
	logger := log.NewLogfmtLogger(out)
	if c.Format == "json" {
		logger = log.NewJSONLogger(out)
	}
	logger = level.NewFilter(logger, level.Allow(level.ParseDefault(c.Level, level.InfoValue())))
	return log.With(logger, "ts", log.DefaultTimestampUTC), closer, nil
}
