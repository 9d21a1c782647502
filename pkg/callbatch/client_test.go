package callbatch_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/protobuf/proto"

	callbatchv1 "todokit/api/callbatch/v1"
	"todokit/pkg/callbatch"
	"todokit/pkg/rpc"
)

// localConn calls services in this process, without interceptors. It holds calls
// until release is closed, if there is one.
type localConn struct {
	grpc.ClientConnInterface

	services []rpc.Service
	release  chan struct{}

	mu      sync.Mutex
	batches [][]string // the methods of each batch
	alone   []string   // the methods of the other calls
}

func (c *localConn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	c.note(method, args)
	if c.release != nil {
		<-c.release
	}
	for _, s := range c.services {
		for _, m := range s.Desc.Methods {
			if "/"+s.Desc.ServiceName+"/"+m.MethodName != method {
				continue
			}
			in, out := args.(proto.Message), reply.(proto.Message)
			response, err := m.Handler(s.Impl, ctx, func(into any) error { proto.Merge(into.(proto.Message), in); return nil }, nil)
			if err == nil {
				proto.Merge(out, response.(proto.Message))
			}
			return err
		}
	}
	return fmt.Errorf("no method %s", method)
}

func (c *localConn) note(method string, args any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	request, ok := args.(*callbatchv1.CallBatchRequest)
	if !ok {
		c.alone = append(c.alone, method)
		return
	}
	var methods []string
	for _, call := range request.GetCalls() {
		methods = append(methods, call.GetMethod())
	}
	c.batches = append(c.batches, methods)
}

// count returns how many batches were sent.
func (c *localConn) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.batches)
}

// calls returns how many calls were made in batches.
func (c *localConn) calls() (sum int) {
	for _, b := range c.batches {
		sum += len(b)
	}
	return sum
}

// bubble runs a test in a bubble, with a connection that holds calls.
func bubble(t *testing.T, test func(t *testing.T, c *localConn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &localConn{services: services(succeed), release: make(chan struct{})})
	})
}

// callAll makes n calls of a method at the same time, releases them when all of
// them are under way or wait, and returns when they have ended.
func callAll(t *testing.T, c *localConn, n int, call func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := call(i); err != nil {
				t.Error(err)
			}
		})
	}
	synctest.Wait()
	close(c.release)
	all.Wait()
}

func TestClient_CallsAtTheSameTime_ShareBatches(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := batching(c)
		callAll(t, c, 64, func(int) error { _, err := client.EmptyCall(t.Context(), &testpb.Empty{}); return err })
		if c.calls() != 64 || len(c.batches) > 4 || len(c.alone) > 0 {
			t.Errorf("64 calls were made as %v and %v", c.batches, c.alone)
		}
	})
}

func TestClient_Disabled_EachCallIsMadeAlone(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := testpb.NewTestServiceClient(callbatch.NewClient(c, callbatch.Options{
			Rules: map[string]callbatch.Rule{emptyCall: {}}, Disabled: true,
		}))
		callAll(t, c, 64, func(int) error { _, err := client.EmptyCall(t.Context(), &testpb.Empty{}); return err })
		if len(c.batches) > 0 || len(c.alone) != 64 {
			t.Errorf("64 calls were made as %v and %v", c.batches, c.alone)
		}
	})
}

func TestClient_DifferentMethods_DifferentBatches(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := batching(c)
		callAll(t, c, 64, func(i int) error {
			if i%2 == 0 {
				_, err := client.EmptyCall(t.Context(), &testpb.Empty{})
				return err
			}
			_, err := client.UnaryCall(t.Context(), sized(10, 1))
			return err
		})
		for _, b := range c.batches {
			if len(slices.Compact(b)) > 1 {
				t.Errorf("one batch has calls of several methods: %v", b)
			}
		}
	})
}

func TestClient_RuleRefusesTheRequest_CalledAlone(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := testpb.NewTestServiceClient(callbatch.NewClient(c, callbatch.Options{Rules: map[string]callbatch.Rule{
			unaryCall: {If: func(request proto.Message) bool { return request.(*testpb.SimpleRequest).GetResponseSize() < 100 }},
		}}))
		callAll(t, c, 10, func(i int) error { _, err := client.UnaryCall(t.Context(), sized(int32(96+i), 1)); return err })
		if c.calls() != 4 || len(c.alone) != 6 {
			t.Errorf("10 calls were made as %v and %v", c.batches, c.alone)
		}
	})
}

// Calls that wait for each other would have all others in their batch wait.
func TestClient_SameTurn_OthersCalledAlone(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := testpb.NewTestServiceClient(callbatch.NewClient(c, callbatch.Options{Rules: map[string]callbatch.Rule{
			unaryCall: {Turn: func(request proto.Message) string {
				return fmt.Sprint(request.(*testpb.SimpleRequest).GetResponseSize())
			}},
		}}))
		call := func(i int) error { _, err := client.UnaryCall(t.Context(), sized(int32(10+i%3), 1)); return err }
		callAll(t, c, 12, call)
		if c.calls() != 3 || len(c.alone) != 9 {
			t.Errorf("12 calls for 3 turns were made as %v and %v", c.batches, c.alone)
		}
		if err := call(0); err != nil || c.calls() != 4 {
			t.Errorf("a call after them: %v, made as %v and %v", err, c.batches, c.alone)
		}
	})
}

func TestClient_ReplyTooLargeForTheBatch_CalledAlone(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, c *localConn) {
		client := batching(c)
		callAll(t, c, 64, func(i int) error {
			response, err := client.UnaryCall(t.Context(), sized(400<<10, byte(i)))
			if got := response.GetPayload().GetBody(); err == nil && (len(got) != 400<<10 || got[0] != byte(i)) {
				return fmt.Errorf("call %d got a wrong reply", i)
			}
			return err
		})
		if c.calls() != 64 || len(c.alone) < 50 {
			t.Errorf("of 64 calls, %d were made in batches, and %d alone", c.calls(), len(c.alone))
		}
	})
}

func TestClient_SlowBatch_NextIsHeldNoLongerThan20ms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &localConn{services: services(succeed), release: make(chan struct{})}
		client := batching(c)
		var slow, next sync.WaitGroup
		call := func() { _, _ = client.EmptyCall(t.Context(), &testpb.Empty{}) }
		slow.Go(call)
		synctest.Wait()
		slow.Go(call)
		synctest.Wait()
		next.Go(call)
		synctest.Wait()
		if c.count() != 2 {
			t.Fatalf("the batches are %v", c.batches)
		}
		<-time.After(20 * time.Millisecond)
		synctest.Wait()
		if c.count() != 3 {
			t.Errorf("after 20 ms the batches are %v", c.batches)
		}
		close(c.release)
		slow.Wait()
		next.Wait()
	})
}
