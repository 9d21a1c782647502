package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapLogger adapts a go-kit logger to the one that etcd takes. Only errors pass:
// the warnings at the start are about a cluster on a network. Once running has
// ended nothing passes, since etcd reports each of its closed listeners as an
// error.
func zapLogger(running context.Context, logger log.Logger, fatal zapcore.CheckWriteHook) *zap.Logger {
	hooks := []zap.Option{zap.WithFatalHook(fatal), zap.WithPanicHook(fatal)}
	if logger == nil {
		return zap.New(zapcore.NewNopCore(), hooks...)
	}
	return zap.New(core{logger: level.Error(log.With(logger, "component", "etcd")), running: running}, hooks...)
}

// failureHook is called where etcd would end the process or panic, as on a full
// disk. It tells the server, and ends the goroutine.
type failureHook struct{ server *Server }

// OnWrite implements zapcore.CheckWriteHook.
func (h failureHook) OnWrite(e *zapcore.CheckedEntry, fields []zapcore.Field) {
	err := errors.New(e.Message)
	for _, f := range fields {
		if cause, ok := f.Interface.(error); ok {
			err = fmt.Errorf("%s: %w", e.Message, cause)
		}
	}
	select {
	case h.server.failed <- h.server.explain(err):
	default: // the first failure counts
	}
	runtime.Goexit()
}

// newStore is an error that etcd logs when it reads a new store before its first
// entry has been written. It reads it again later.
const newStore = "failed to update storage version"

// core is a zapcore.Core that writes to a go-kit logger.
type core struct {
	logger  log.Logger
	running context.Context
}

func (c core) Enabled(l zapcore.Level) bool {
	return l >= zapcore.ErrorLevel && c.running.Err() == nil
}

// Sync has nothing to do: a go-kit logger does not buffer.
func (core) Sync() error { return nil }

func (c core) With(fields []zapcore.Field) zapcore.Core {
	return core{logger: log.With(c.logger, keyvals(fields)...), running: c.running}
}

func (c core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) && e.Message != newStore {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	return c.logger.Log(append([]any{"msg", e.Message}, keyvals(fields)...)...)
}

func keyvals(fields []zapcore.Field) []any {
	all := zapcore.NewMapObjectEncoder()
	kvs := make([]any, 0, 2*len(fields))
	for _, f := range fields {
		f.AddTo(all)
		if v, ok := all.Fields[f.Key]; ok {
			kvs = append(kvs, f.Key, v)
		}
	}
	return kvs
}
