// Package rpc has what all gRPC servers and clients of todokit share: the options
// of servers and connections, the binding of a method in one line, and what is
// carried beside messages: errors, tokens, request ids and the mark of a repeat.
package rpc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"todokit/pkg/collector"
	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/token"
)

// Verifier checks the token that came with a call. See token.Verifier.
type Verifier interface {
	Verify(ctx context.Context, raw string) (token.Claims, error)
}

// Service is one that a server serves.
type Service struct {
	Desc *grpc.ServiceDesc
	Impl any
}

// ServerOptions are what a server needs.
type ServerOptions struct {
	Services   []Service // registered by NewServer
	Logger     log.Logger
	Registerer prometheus.Registerer
	Verifier   Verifier
	// Public are the methods that need no token: full names
	// ("/user.v1.UserService/SignIn") or whole services ("/user.v1.TrustService/").
	Public []string
	// Scopes are what a token must allow for each of the other methods, by full
	// name. One that is missing here is refused to everybody.
	Scopes map[string]token.Scopes
	// Revoking are the methods that may revoke the token they are called with. A
	// repeat of one of them may use a revoked token, since its own first attempt
	// may have revoked it: the service finds out, see Revoked.
	Revoking []string
	// Limiter returns what bounds the unary calls of a method with such a request,
	// once the token was checked; nil, also as what it returns: nothing does.
	// Streams are not bounded.
	Limiter func(method string, request any) *loadshed.Limiter
	// Extra are further options: transport credentials, limits.
	Extra []grpc.ServerOption
}

// workers is how many goroutines wait for calls: their stacks have already grown
// to what a call needs. Further calls have goroutines of their own.
const workers = 64

// NewServer returns a server that recovers from panics, measures every method,
// checks the caller's token, and answers with errors of the catalogue only. It has
// the health service as well (grpc.health.v1), for everybody.
func NewServer(o ServerOptions) *grpc.Server {
	s := &server{options: o}
	metrics := collector.Register(o.Registerer, grpcprom.NewServerMetrics(
		grpcprom.WithServerHandlingTimeHistogram(grpcprom.WithHistogramBuckets(prometheus.ExponentialBuckets(0.0005, 2, 14)))))
	g := grpc.NewServer(append([]grpc.ServerOption{
		grpc.ChainUnaryInterceptor(metrics.UnaryServerInterceptor(), s.unary),
		grpc.ChainStreamInterceptor(metrics.StreamServerInterceptor(), s.stream),
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxSendMsgSize(MaxMessage),
		grpc.InitialWindowSize(window),
		grpc.InitialConnWindowSize(connWindow),
		grpc.NumStreamWorkers(workers),
		// Clients ping every 10 s; without this they would be sent away.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}, o.Extra...)...)
	for _, service := range o.Services {
		g.RegisterService(service.Desc, service.Impl)
	}
	registerHealth(g)
	metrics.InitializeMetrics(g) // at zero, so that the first error is seen as an increase
	return g
}

type server struct{ options ServerOptions }

func (s *server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	if isHealth(info.Server) {
		return handler(ctx, req)
	}
	defer s.finish(ctx, info.FullMethod, &err)
	return inTime(Incoming(ctx), func(ctx context.Context) (any, error) {
		ctx, err := s.authorize(ctx, info.FullMethod)
		if err != nil {
			return nil, err
		}
		return s.limit(ctx, info.FullMethod, req, handler)
	})
}

func (s *server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	if isHealth(srv) {
		return handler(srv, ss)
	}
	defer s.finish(ss.Context(), info.FullMethod, &err)
	ctx, err := s.authorize(Incoming(ss.Context()), info.FullMethod)
	if err != nil {
		return err
	}
	return handler(srv, &streamWithContext{ss, ctx})
}

// authorize checks the caller's token, unless the method is public.
func (s *server) authorize(ctx context.Context, method string) (context.Context, error) {
	for _, p := range s.options.Public {
		if method == p || strings.HasSuffix(p, "/") && strings.HasPrefix(method, p) {
			return ctx, nil
		}
	}
	claims, err := s.options.Verifier.Verify(ctx, incomingBearer(ctx))
	if revoked, ok := errors.AsType[*token.RevokedError](err); ok && Repeated(ctx) && slices.Contains(s.options.Revoking, method) {
		ctx, claims, err = context.WithValue(ctx, revokedKey{}, true), revoked.Claims, nil
	}
	if err != nil {
		return nil, err
	}
	if wanted, ok := s.options.Scopes[method]; !ok || !claims.Scopes.Has(wanted) {
		return nil, errs.ErrForbidden.Wrap(fmt.Errorf("the token is for %q only", claims.Scopes))
	}
	return WithCaller(ctx, claims), nil
}

// finish is deferred: it turns a panic or an error into a status.
func (s *server) finish(ctx context.Context, method string, err *error) {
	if p := recover(); p != nil {
		*err = errs.ErrInternal.Wrap(fmt.Errorf("panic: %v", p))
		level.Error(s.options.Logger).Log("msg", "panic in a call", "method", method,
			"request_id", RequestID(Incoming(ctx)), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	if _, ours := errors.AsType[*errs.Error](*err); !ours {
		// A stream ends with gRPC's own words when its client has gone.
		*err = FromStatus(*err)
	}
	*err = ToStatus(*err)
}

type streamWithContext struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // this is how gRPC hands a context to a stream
}

func (s *streamWithContext) Context() context.Context { return s.ctx }
