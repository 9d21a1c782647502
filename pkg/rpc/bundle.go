package rpc

import (
	"context"
	"fmt"
	"sync"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	bundlev1 "todokit/api/bundle/v1"
	"todokit/pkg/batch"
	"todokit/pkg/errs"
	"todokit/pkg/token"
)

// maxBundle bounds the calls of a bundle. So many of the largest tasks, of 64 KiB
// and some, have room in a message.
const maxBundle = 32

// bundlePatience is for how long a bundle holds up the next one: an instance
// that hangs, up to its time-out, is not to hold up those whom others could
// answer.
const bundlePatience = 20 * time.Millisecond

// Bundling returns a connection on which those calls of some methods that are
// made while others are under way wait for these, and then travel together. The
// methods have to be such as take a similar time, since all answers of a bundle
// come together, and their messages be no larger than a task.
func Bundling(cc grpc.ClientConnInterface, methods ...string) grpc.ClientConnInterface {
	b := &bundling{ClientConnInterface: cc, groups: map[string]*group{}}
	send := sender(bundlev1.NewBundleServiceClient(cc))
	for _, m := range methods {
		b.groups[m] = batch.New(batch.Options{Size: maxBundle, Parallelism: 2, MaxHold: bundlePatience}, send)
	}
	return b
}

type (
	group = batch.Group[*bundlev1.CallRequest_Item, *bundlev1.CallResponse_Item]

	bundling struct {
		grpc.ClientConnInterface

		groups map[string]*group // by method
	}
)

// Invoke is part of grpc.ClientConnInterface. Options are for calls that travel
// alone; ours have none.
func (b *bundling) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	g, ok := b.groups[method]
	in, inOK := args.(proto.Message)
	out, outOK := reply.(proto.Message)
	if !ok || !inOK || !outOK {
		return b.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
	}
	item, err := encodeCall(ctx, method, in)
	if err != nil {
		return err
	}
	answer, err := g.Do(ctx, item)
	if err != nil {
		return errs.From(err)
	}
	return decodeAnswer(answer, out)
}

func encodeCall(ctx context.Context, method string, message proto.Message) (*bundlev1.CallRequest_Item, error) {
	b, err := proto.Marshal(message)
	if err != nil {
		return nil, errs.ErrInternal.Wrap(err)
	}
	item := &bundlev1.CallRequest_Item{Method: method, Message: b, Metadata: pairs(ctx)}
	if deadline, ok := ctx.Deadline(); ok {
		item.TimeoutMicroseconds = max(time.Until(deadline).Microseconds(), 1)
	}
	return item, nil
}

func decodeAnswer(answer *bundlev1.CallResponse_Item, message proto.Message) error {
	if len(answer.GetStatus()) == 0 {
		if err := proto.Unmarshal(answer.GetMessage(), message); err != nil {
			return errs.ErrInternal.Wrap(err)
		}
		return nil
	}
	var s spb.Status
	if err := proto.Unmarshal(answer.GetStatus(), &s); err != nil {
		return errs.ErrInternal.Wrap(err)
	}
	return FromStatus(status.FromProto(&s).Err())
}

// sender sends a bundle. Its context is that of one of the calls, which say
// themselves what that would say for all.
func sender(c bundlev1.BundleServiceClient) batch.Run[*bundlev1.CallRequest_Item, *bundlev1.CallResponse_Item] {
	return func(ctx context.Context, items []*bundlev1.CallRequest_Item) []batch.Result[*bundlev1.CallResponse_Item] {
		ctx = WithAddress(WithRequestID(token.WithBearer(ctx, ""), ""), "")
		answer, err := c.Call(ctx, &bundlev1.CallRequest{Items: items})
		answers := answer.GetItems()
		if err == nil && len(answers) != len(items) {
			err = errs.ErrInternal.Wrap(fmt.Errorf("%d answers to %d calls", len(answers), len(items)))
		}
		results := make([]batch.Result[*bundlev1.CallResponse_Item], len(items))
		for i := range results {
			if results[i].Err = err; err == nil {
				results[i].Value = answers[i]
			}
		}
		return results
	}
}

// Service is one that a server serves.
type Service struct {
	Desc *grpc.ServiceDesc
	Impl any
}

// bundles carries out what a Bundling sends.
type bundles struct {
	bundlev1.UnimplementedBundleServiceServer

	server  *server
	methods map[string]bundled
}

// bundled is a method that can be called in bundles.
type bundled struct {
	impl    any
	handler grpc.MethodHandler
}

func newBundles(s *server, services []Service) *bundles {
	b := &bundles{server: s, methods: map[string]bundled{}}
	for _, service := range services {
		for _, m := range service.Desc.Methods {
			b.methods["/"+service.Desc.ServiceName+"/"+m.MethodName] = bundled{service.Impl, m.Handler}
		}
	}
	return b
}

// Call is part of bundlev1.BundleServiceServer.
func (b *bundles) Call(ctx context.Context, m *bundlev1.CallRequest) (*bundlev1.CallResponse, error) {
	items := m.GetItems()
	if len(items) > maxBundle {
		return nil, ToStatus(errs.ErrInvalid.WithFields(errs.Invalid("items", errs.FieldTooMany, maxBundle)))
	}
	repeated := first(ctx, mdRepeat) != ""
	answer := &bundlev1.CallResponse{Items: make([]*bundlev1.CallResponse_Item, len(items))}
	if len(items) == 0 {
		return answer, nil
	}
	var others sync.WaitGroup
	for i, item := range items[1:] {
		others.Go(func() {
			growStack()
			answer.Items[i+1] = b.answer(ctx, item, repeated)
		})
	}
	answer.Items[0] = b.answer(ctx, items[0], repeated) // here: most bundles of a quiet time have one call
	others.Wait()
	return answer, nil
}

// growStack makes room for a whole call at once. A new goroutine's stack would
// be doubled, and copied, again and again on the way to the store, which was up to
// a tenth of the processor time of a task service under creates.
//
//go:noinline
func growStack() {
	var frame [12 << 10]byte
	touch(&frame)
}

//go:noinline
func touch(*[12 << 10]byte) {}

// answer carries out one call as if it had come alone: through the same
// interceptor, which checks its own token, measures it, and recovers.
func (b *bundles) answer(ctx context.Context, item *bundlev1.CallRequest_Item, repeated bool) *bundlev1.CallResponse_Item {
	method, ok := b.methods[item.GetMethod()]
	if !ok || len(item.GetMetadata())%2 != 0 {
		return failed(ToStatus(errs.ErrInternal.Wrap(fmt.Errorf("no call: %q", item.GetMethod()))))
	}
	md := metadata.Pairs(item.GetMetadata()...)
	if repeated {
		md.Set(mdRepeat, "1")
	}
	ctx, cancel := within(metadata.NewIncomingContext(ctx, md), time.Duration(item.GetTimeoutMicroseconds())*time.Microsecond)
	defer cancel()
	reply, err := method.handler(method.impl, ctx, func(into any) error { return decodeInto(item.GetMessage(), into) }, b.server.unary)
	if err != nil {
		return failed(err)
	}
	message, _ := reply.(proto.Message)
	text, err := proto.Marshal(message)
	if err != nil {
		return failed(ToStatus(errs.ErrInternal.Wrap(err)))
	}
	return &bundlev1.CallResponse_Item{Message: text}
}

// within bounds a call by its own time-out, if that is over before the bundle's.
func within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	end, bounded := ctx.Deadline()
	if timeout == 0 || bounded && time.Until(end) <= timeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

func decodeInto(b []byte, into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return ToStatus(errs.ErrInternal.Wrap(fmt.Errorf("%T is no message", into)))
	}
	if err := proto.Unmarshal(b, message); err != nil {
		return ToStatus(errs.ErrInternal.Wrap(err))
	}
	return nil
}

func failed(err error) *bundlev1.CallResponse_Item {
	text, marshalErr := proto.Marshal(status.Convert(err).Proto())
	if marshalErr != nil || len(text) == 0 {
		text, _ = proto.Marshal(status.Convert(ToStatus(errs.ErrInternal)).Proto()) // always marshals
	}
	return &bundlev1.CallResponse_Item{Status: text}
}
