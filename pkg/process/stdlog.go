package process

import (
	stdlog "log"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// stdLogger gives the standard library a logger: net/http complains there of
// clients that break the protocol, which is worth a line only when looked for.
func stdLogger(logger log.Logger, server string) *stdlog.Logger {
	return stdlog.New(log.NewStdlibAdapter(level.Debug(log.With(logger, "server", server))), "", 0)
}
