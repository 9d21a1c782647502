// Package callbatch sends unary gRPC calls together that are made at about the same
// time.
//
// What gRPC does for one stream, on both sides, costs about as much as all the rest
// of a small call. [NewClient] wraps a connection: while a call of some method is
// under way, further calls of that method are put into a queue, and are sent next,
// all in one call (package batch). A call that comes alone is sent at once. The
// server, with [Services], answers each call of a batch as if it had been made by
// itself: through the same interceptors, with its own token, deadline and metrics.
//
// The replies come back together, when the last of them is there. So only those
// methods should be batched whose calls take about the same time and have small
// replies. A batch that takes long does not hold up the next one, and a read whose
// reply is too large for its batch is made again by itself.
package callbatch

import (
	"context"
	"fmt"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	callbatchv1 "todokit/api/callbatch/v1"
	"todokit/pkg/batch"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
)

// The bounds of batches.
const (
	// maxCalls of the largest size, a task of 64 KiB and some, fit into a message,
	// and so do their replies, with those of reads.
	maxCalls = 32
	// maxReads bounds the bytes of all replies to the reads of a batch.
	maxReads = 1 << 20
	// parallelism is how many batches of one method are under way.
	parallelism = 2
	// maxHold is how long a batch holds up the next one: calls to an instance
	// that hangs must not hold up, until they time out, those that another
	// instance could answer.
	maxHold = 20 * time.Millisecond
)

// Rule says which calls of a method are batched.
type Rule struct {
	// Read is set for a method that changes nothing. A call whose reply is too
	// large for its batch is then made again by itself. The replies of other
	// methods are always sent, and must have at most 64 KiB and some.
	Read bool
	// If says whether a call with this request is batched; nil: each is.
	If func(request proto.Message) bool
	// Turn names that for which calls wait for each other at the service, such as
	// a row. While a call is under way, others for the same are made by themselves:
	// in a batch, all would wait for them. nil: they do not wait for each other.
	Turn func(request proto.Message) string
}

// Options of a client.
type Options struct {
	Rules    map[string]Rule // by full method name; calls of other methods are not batched
	Disabled bool            // no calls are batched
}

// NewClient returns a connection that batches calls. Its errors are errs. Options
// of a call mean nothing if it is batched.
func NewClient(cc grpc.ClientConnInterface, o Options) grpc.ClientConnInterface {
	if o.Disabled {
		return cc
	}
	c := &client{ClientConnInterface: cc, methods: map[string]method{}}
	run := runner(callbatchv1.NewCallBatchServiceClient(cc))
	for name, rule := range o.Rules {
		g := batch.New(batch.Options{Size: maxCalls, Parallelism: parallelism, MaxHold: maxHold}, run)
		c.methods[name] = method{rule, g, newUnderWay()}
	}
	return c
}

type (
	call  = callbatchv1.CallBatchRequest_Call
	reply = callbatchv1.CallBatchResponse_Reply

	// method has the batches of one method; those of different methods take
	// different times.
	method struct {
		Rule

		group    *batch.Group[*call, *reply]
		underWay *underWay
	}

	client struct {
		grpc.ClientConnInterface

		methods map[string]method
	}
)

// Invoke makes a call, in a batch if the rules say so.
func (c *client) Invoke(ctx context.Context, name string, args, into any, opts ...grpc.CallOption) error {
	m, ok := c.methods[name]
	in, inOK := args.(proto.Message)
	out, outOK := into.(proto.Message)
	if !ok || !inOK || !outOK || m.If != nil && !m.If(in) {
		return c.ClientConnInterface.Invoke(ctx, name, args, into, opts...)
	}
	if m.Turn != nil {
		first, done := m.underWay.begin(m.Turn(in))
		defer done()
		if !first {
			return c.ClientConnInterface.Invoke(ctx, name, args, into, opts...)
		}
	}
	encoded, err := encodeCall(ctx, name, in, m.Read)
	if err != nil {
		return err
	}
	r, err := m.group.Do(ctx, encoded)
	if err != nil {
		return errs.From(err)
	}
	if m.Read && r.GetCallAlone() {
		return c.ClientConnInterface.Invoke(ctx, name, args, into, opts...)
	}
	return decodeReply(r, out)
}

func encodeCall(ctx context.Context, name string, message proto.Message, read bool) (*call, error) {
	b, err := proto.Marshal(message)
	if err != nil {
		return nil, errs.ErrInternal.Wrap(err)
	}
	c := &call{Method: name, Message: b, Metadata: rpc.Metadata(ctx), Read: read}
	if deadline, ok := ctx.Deadline(); ok {
		c.TimeoutMicroseconds = max(time.Until(deadline).Microseconds(), 1)
	}
	return c, nil
}

func decodeReply(r *reply, message proto.Message) error {
	if len(r.GetStatus()) == 0 {
		if err := proto.Unmarshal(r.GetMessage(), message); err != nil {
			return errs.ErrInternal.Wrap(err)
		}
		return nil
	}
	var s spb.Status
	if err := proto.Unmarshal(r.GetStatus(), &s); err != nil {
		return errs.ErrInternal.Wrap(err)
	}
	return rpc.FromStatus(status.FromProto(&s).Err())
}

// runner sends a batch. Its context has the values of one of the callers': each
// call has its own metadata, and the batch none.
func runner(c callbatchv1.CallBatchServiceClient) batch.Run[*call, *reply] {
	return func(ctx context.Context, calls []*call) []batch.Result[*reply] {
		response, err := c.CallBatch(rpc.WithoutMetadata(ctx), &callbatchv1.CallBatchRequest{Calls: calls})
		replies := response.GetReplies()
		if err == nil && len(replies) != len(calls) {
			err = errs.ErrInternal.Wrap(fmt.Errorf("%d replies to %d calls", len(replies), len(calls)))
		}
		results := make([]batch.Result[*reply], len(calls))
		for i := range results {
			if results[i].Err = err; err == nil {
				results[i].Value = replies[i]
			}
		}
		return results
	}
}
