package rpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/pkg/typed"
)

// Serve answers one call of a gRPC method: it decodes the message with the claims
// of the caller, calls the method of the port, and encodes what it returns.
// The zero Claims stand for no caller, which only a public method can have.
func Serve[Msg, Req, Resp, Reply any](
	ctx context.Context, msg Msg,
	decode func(token.Claims, Msg) (Req, error),
	method typed.Func[Req, Resp],
	encode func(Resp) Reply,
) (Reply, error) {
	var none Reply
	caller, _ := Caller(ctx)
	req, err := decode(caller, msg)
	if err != nil {
		return none, err
	}
	resp, err := method(ctx, req)
	if err != nil {
		return none, err
	}
	return encode(resp), nil
}

// Call makes the typed method of a port out of a method of a generated client.
// Errors arrive as errs, since the interceptors of DialOptions see to that.
func Call[Req, Msg, Reply, Resp any](
	encode func(Req) Msg,
	method func(context.Context, Msg, ...grpc.CallOption) (Reply, error),
	decode func(Reply) (Resp, error),
) typed.Func[Req, Resp] {
	return func(ctx context.Context, req Req) (Resp, error) {
		var none Resp
		reply, err := method(ctx, encode(req))
		if err != nil {
			return none, err
		}
		resp, err := decode(reply)
		if err != nil {
			return none, errs.ErrInternal.Wrap(err)
		}
		return resp, nil
	}
}

// Nothing encodes and None decodes the reply of a method that returns only an error.
func Nothing(struct{}) *emptypb.Empty { return &emptypb.Empty{} }

// None decodes what Nothing encodes.
func None(*emptypb.Empty) (struct{}, error) { return struct{}{}, nil }
