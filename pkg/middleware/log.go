package middleware

import (
	"context"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"todokit/pkg/errs"
	"todokit/pkg/rpc"
)

// Log logs each call: internal errors as errors, with their cause, unavailable
// services and deadlines as warnings, and the rest for debugging only, because the
// gateway logs every request already. Requests and responses are not logged: they
// contain what users wrote, and secrets.
func Log(logger log.Logger) Factory {
	return func(method string) endpoint.Middleware {
		logger := log.With(logger, "method", method)
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			return func(ctx context.Context, request any) (any, error) {
				begin := time.Now()
				response, err := next(ctx, request)
				write(ctx, logger, time.Since(begin), err)
				return response, err
			}
		}
	}
}

func write(ctx context.Context, logger log.Logger, took time.Duration, err error) {
	leveled := level.Debug(logger)
	if err != nil {
		leveled = severity(logger, errs.KindOf(err))
		leveled = log.With(leveled, "err", err)
	}
	_ = leveled.Log("msg", "call", "request_id", rpc.RequestID(ctx), "took", took, "code", codeOf(err))
}

func severity(logger log.Logger, kind errs.Kind) log.Logger {
	switch kind {
	case errs.Internal:
		return level.Error(logger)
	case errs.Unavailable, errs.DeadlineExceeded:
		return level.Warn(logger)
	default:
		return level.Debug(logger)
	}
}
