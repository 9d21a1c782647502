package balancer

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// sentKey is the context key of an attempt's sent.
type sentKey struct{}

// sent tells what has become of an attempt.
type sent struct {
	// begun is set when any of it is handed to a connection. Until then the server
	// cannot have received the call.
	begun      atomic.Bool
	connection atomic.Uint64 // instance.connections at that moment
}

// withSent returns a context for an attempt, and what is told of it.
func withSent(ctx context.Context) (context.Context, *sent) {
	s := new(sent)
	return context.WithValue(ctx, sentKey{}, s), s
}

// connectionHandler notes the connections of an instance, and what is sent on them.
type connectionHandler struct{ instance *instance }

// HandleRPC is told of each part of a call.
func (h connectionHandler) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if _, ok := event.(*stats.OutHeader); !ok {
		return
	}
	if s, ok := ctx.Value(sentKey{}).(*sent); ok {
		s.connection.Store(h.instance.connections.Load())
		s.begun.Store(true)
	}
}

// HandleConn is told that a connection begins before any call can use it, and that
// one has ended before another begins.
func (h connectionHandler) HandleConn(context.Context, stats.ConnStats) { h.instance.noteConnection() }

// TagRPC changes nothing.
func (connectionHandler) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// TagConn changes nothing.
func (connectionHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}
