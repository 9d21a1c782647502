package rpc

import (
	"context"
	"strings"

	"google.golang.org/grpc/metadata"

	"todokit/pkg/token"
)

// The names of the metadata.
const (
	mdAuthorization = "authorization"
	mdRequestID     = "x-request-id"
	mdRepeat        = "x-todokit-repeat"
	mdAddress       = "x-todokit-address"
	bearerPrefix    = "Bearer "
)

type (
	requestIDKey struct{}
	repeatKey    struct{}
	callerKey    struct{}
	addressKey   struct{}
	revokedKey   struct{}
)

// WithRequestID returns a context whose calls and log lines carry the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the id of the request that is being answered, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// WithAddress returns a context whose calls tell the IP address, without a
// port, of the client that is served: for the audit log.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// Address returns the address of the client that is served, or "".
func Address(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// MarkRepeat returns a context whose calls tell the service that an earlier
// attempt may have reached it or another instance.
func MarkRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatKey{}, true)
}

// Repeated says whether an earlier attempt of this call may have reached a service.
func Repeated(ctx context.Context) bool {
	repeat, _ := ctx.Value(repeatKey{}).(bool)
	return repeat
}

// WithCaller returns a context that says whose checked token came with the call.
func WithCaller(ctx context.Context, c token.Claims) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Caller returns whose checked token came with the call; false for a method
// that needs none.
func Caller(ctx context.Context) (token.Claims, bool) {
	c, ok := ctx.Value(callerKey{}).(token.Claims)
	return c, ok
}

// Revoked says whether the caller's token has been revoked, so that all that
// may be told is whether the earlier attempt of this call did it.
func Revoked(ctx context.Context) bool {
	revoked, _ := ctx.Value(revokedKey{}).(bool)
	return revoked
}

// outgoing puts what a context carries into the metadata of a call.
func outgoing(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, Metadata(ctx)...)
}

// Metadata returns what a context carries: names and values in turn.
func Metadata(ctx context.Context) (pairs []string) {
	if raw := token.Bearer(ctx); raw != "" {
		pairs = append(pairs, mdAuthorization, bearerPrefix+raw)
	}
	if id := RequestID(ctx); id != "" {
		pairs = append(pairs, mdRequestID, id)
	}
	if address := Address(ctx); address != "" {
		pairs = append(pairs, mdAddress, address)
	}
	if Repeated(ctx) {
		pairs = append(pairs, mdRepeat, "1")
	}
	return pairs
}

// WithoutMetadata returns a context that carries nothing of what Metadata returns.
func WithoutMetadata(ctx context.Context) context.Context {
	ctx = WithAddress(WithRequestID(token.WithBearer(ctx, ""), ""), "")
	if Repeated(ctx) {
		ctx = context.WithValue(ctx, repeatKey{}, false)
	}
	return ctx
}

// Incoming returns a context that carries what came in the metadata of a call,
// the token excepted.
func Incoming(ctx context.Context) context.Context {
	if id := first(ctx, mdRequestID); id != "" {
		ctx = WithRequestID(ctx, id)
	}
	if address := first(ctx, mdAddress); address != "" {
		ctx = WithAddress(ctx, address)
	}
	if first(ctx, mdRepeat) != "" {
		ctx = MarkRepeat(ctx)
	}
	return ctx
}

// incomingBearer returns the token that came with the call, or "".
func incomingBearer(ctx context.Context) string {
	raw, ok := strings.CutPrefix(first(ctx, mdAuthorization), bearerPrefix)
	if !ok {
		return ""
	}
	return raw
}

func first(ctx context.Context, key string) string {
	if values := metadata.ValueFromIncomingContext(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}
