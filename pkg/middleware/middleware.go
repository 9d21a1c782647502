// Package middleware holds the go-kit middlewares of todokit, one per concern.
// Each is made for a method by its name, and so can be applied to a whole set
// of endpoints:
//
//	taskendpoint.New(service, middleware.Chain(
//		middleware.Metrics(reg, middleware.Server, "task"),
//		middleware.Log(logger),
//		middleware.Recover,
//		middleware.Timeout(10*time.Second),
//	))
package middleware

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/errs"
)

// Factory makes the middleware of a method.
type Factory = func(method string) endpoint.Middleware

// Chain combines factories; the first one is the outermost. Without any, the
// result changes nothing.
func Chain(factories ...Factory) Factory {
	return func(method string) endpoint.Middleware {
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			for _, factory := range slices.Backward(factories) {
				next = factory(method)(next)
			}
			return next
		}
	}
}

// Timeout gives a call that has no earlier deadline at most d; 0 is no limit.
func Timeout(d time.Duration) Factory {
	return func(string) endpoint.Middleware {
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			if d <= 0 {
				return next
			}
			return func(ctx context.Context, request any) (any, error) {
				ctx, cancel := context.WithTimeout(ctx, d)
				defer cancel()
				return next(ctx, request)
			}
		}
	}
}

// Recover is a Factory. It turns a panic into errs.ErrInternal, with the stack
// in its cause: Log, outside of it, logs that.
func Recover(method string) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (response any, err error) {
			defer func() {
				if p := recover(); p != nil {
					response, err = nil, errs.ErrInternal.Wrap(fmt.Errorf("panic in %s: %v\n%s", method, p, debug.Stack()))
				}
			}()
			return next(ctx, request)
		}
	}
}
