package rpc

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"
)

// MaxMessage bounds a message in bytes, on both sides. The largest reply is a
// page of tasks: 1 MiB of title and content, and labels of at most 200 × 4 kB.
const MaxMessage = 4 << 20

// window is how many bytes may be under way in one call, and all together,
// before the other side has said that it has read some. With fixed numbers gRPC
// need not measure the network, which it does with a ping for every reply.
// Connections have room for some large pages at once.
const (
	window     = MaxMessage
	connWindow = 4 * window
)

// DialOptions are how every client of a todokit service is dialled, transport
// credentials excepted: calls carry the context's token and request id and return
// errors of the catalogue (a stream's messages excepted, see FromStatus), a lost
// connection is tried again within a third of a second, so that an instance
// that comes back is of use at once, and a dead peer is noticed.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(outgoingUnary),
		grpc.WithChainStreamInterceptor(outgoingStream),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(MaxMessage),
			grpc.MaxCallSendMsgSize(MaxMessage),
		),
		grpc.WithInitialWindowSize(window),
		grpc.WithInitialConnWindowSize(connWindow),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 300 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 2 * time.Second}),
		// An instance is dialled by address; there is no service configuration to look up.
		grpc.WithDisableServiceConfig(),
		// Retries are made in one place only, across instances.
		grpc.WithDisableRetry(),
	}
}

func outgoingUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return FromStatus(invoke(outgoing(ctx), method, req, reply, cc, opts...))
}

func outgoingStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := stream(outgoing(ctx), desc, cc, method, opts...)
	return s, FromStatus(err)
}
