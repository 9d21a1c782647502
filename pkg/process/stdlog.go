package process

import (
	stdlog "log"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// stdLogger is a logger for net/http, which logs clients that break the protocol:
// that is for debugging.
func stdLogger(logger log.Logger, server string) *stdlog.Logger {
	return stdlog.New(log.NewStdlibAdapter(level.Debug(log.With(logger, "server", server))), "", 0)
}
