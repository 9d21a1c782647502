package callbatch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	callbatchv1 "todokit/api/callbatch/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
)

// Services returns the given services and one more, through which their unary
// methods can be called in batches. They are for rpc.ServerOptions.
func Services(services ...rpc.Service) []rpc.Service {
	s := &server{methods: map[string]handler{}}
	for _, service := range services {
		for _, m := range service.Desc.Methods {
			s.methods["/"+service.Desc.ServiceName+"/"+m.MethodName] = handler{service.Impl, m.Handler}
		}
	}
	desc := callbatchv1.CallBatchService_ServiceDesc
	desc.HandlerType = (*any)(nil)
	desc.Methods = []grpc.MethodDesc{{MethodName: desc.Methods[0].MethodName, Handler: s.handle}}
	return append(slices.Clip(services), rpc.Service{Desc: &desc, Impl: s})
}

type server struct {
	methods map[string]handler // by full name
}

// handler is a method of a service.
type handler struct {
	impl   any
	handle grpc.MethodHandler
}

// handle is what the generated code would do for CallBatch, except that each call
// of the batch goes through the server's interceptors, and the batch does not.
func (s *server) handle(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order of gRPC
	request := &callbatchv1.CallBatchRequest{}
	if err := decode(request); err != nil {
		return nil, err
	}
	calls := request.GetCalls()
	if len(calls) > maxCalls {
		return nil, rpc.ToStatus(errs.ErrInvalid.WithFields(errs.Invalid("calls", errs.FieldTooMany, maxCalls)))
	}
	response := &callbatchv1.CallBatchResponse{Replies: make([]*reply, len(calls))}
	if len(calls) == 0 {
		return response, nil
	}
	b := &running{server: s, interceptor: interceptor, alone: len(calls) == 1}
	ctx = rpc.Incoming(ctx) // a batch is marked as a repeat, and so each of its calls
	var others sync.WaitGroup
	for i, c := range calls[1:] {
		others.Go(func() {
			growStack()
			response.Replies[i+1] = b.reply(ctx, c)
		})
	}
	response.Replies[0] = b.reply(ctx, calls[0]) // without a goroutine: under little load a batch has one call
	others.Wait()
	return response, nil
}

// running is a batch that is being answered.
type running struct {
	*server

	interceptor grpc.UnaryServerInterceptor
	alone       bool         // the batch has one call, whose reply may be of any size
	reads       atomic.Int64 // bytes of the replies to reads
}

// reply answers one call as if it had been made by itself.
func (b *running) reply(ctx context.Context, c *call) *reply {
	m, ok := b.methods[c.GetMethod()]
	if !ok || len(c.GetMetadata())%2 != 0 {
		return failed(rpc.ToStatus(errs.ErrInternal.Wrap(fmt.Errorf("not a call: %q", c.GetMethod()))))
	}
	ctx = metadata.NewIncomingContext(ctx, metadata.Pairs(c.GetMetadata()...))
	ctx, cancel := withTimeout(ctx, time.Duration(c.GetTimeoutMicroseconds())*time.Microsecond)
	defer cancel()
	response, err := m.handle(m.impl, ctx, func(into any) error { return unmarshal(c.GetMessage(), into) }, b.interceptor)
	if err != nil {
		return failed(err)
	}
	message, _ := response.(proto.Message)
	if c.GetRead() && !b.fits(proto.Size(message)) {
		return &reply{CallAlone: true}
	}
	text, err := proto.Marshal(message)
	if err != nil {
		return failed(rpc.ToStatus(errs.ErrInternal.Wrap(err)))
	}
	return &reply{Message: text}
}

// fits says whether the batch has room for a reply to a read, and takes it.
func (b *running) fits(size int) bool {
	if b.alone || b.reads.Add(int64(size)) <= maxReads {
		return true
	}
	b.reads.Add(-int64(size))
	return false
}

// withTimeout bounds a call by its own time-out, if that ends before the batch's.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	end, bounded := ctx.Deadline()
	if timeout == 0 || bounded && time.Until(end) <= timeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

func unmarshal(b []byte, into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return rpc.ToStatus(errs.ErrInternal.Wrap(fmt.Errorf("%T is not a message", into)))
	}
	if err := proto.Unmarshal(b, message); err != nil {
		return rpc.ToStatus(errs.ErrInternal.Wrap(err))
	}
	return nil
}

func failed(err error) *reply {
	text, marshalErr := proto.Marshal(status.Convert(err).Proto())
	if marshalErr != nil || len(text) == 0 {
		text, _ = proto.Marshal(status.Convert(rpc.ToStatus(errs.ErrInternal)).Proto()) // always marshals
	}
	return &reply{Status: text}
}

// growStack grows the stack of a new goroutine at once to what a call needs.
// Otherwise it is doubled, and copied, several times on the way to the store: up
// to a tenth of the CPU of a task service under creates.
//
//go:noinline
func growStack() {
	var frame [12 << 10]byte
	touch(&frame)
}

//go:noinline
func touch(*[12 << 10]byte) {}
