// Package typed converts typed methods to go-kit endpoints and back. It is the
// only place with a type assertion on an endpoint's request or response, which
// makes go-kit's usual request and response structs per method unnecessary.
package typed

import (
	"context"
	"fmt"

	"github.com/go-kit/kit/endpoint"
)

// Func is a method of a port: one value in, one value and an error out.
type Func[Req, Resp any] func(context.Context, Req) (Resp, error)

// Endpoint turns a typed method into a go-kit endpoint.
func Endpoint[Req, Resp any](f Func[Req, Resp]) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		req, ok := request.(Req)
		if !ok {
			return nil, fmt.Errorf("endpoint takes %T, got %T", req, request)
		}
		return f(ctx, req)
	}
}

// Method turns an endpoint that Endpoint made (and middlewares wrapped) back
// into the typed method.
func Method[Req, Resp any](e endpoint.Endpoint) Func[Req, Resp] {
	return func(ctx context.Context, req Req) (Resp, error) {
		var zero Resp
		response, err := e(ctx, req)
		if err != nil {
			return zero, err
		}
		resp, ok := response.(Resp)
		if !ok {
			return zero, fmt.Errorf("endpoint returns %T, want %T", response, zero)
		}
		return resp, nil
	}
}

// Wrap applies a middleware to a typed method. The middleware is made for the
// method's name, which logs and metrics carry as a label.
func Wrap[Req, Resp any](f Func[Req, Resp], name string, mw func(method string) endpoint.Middleware) Func[Req, Resp] {
	return Method[Req, Resp](mw(name)(Endpoint(f)))
}
