package callbatch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	callbatchv1 "todokit/api/callbatch/v1"
	"todokit/pkg/callbatch"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	emptyCall = testpb.TestService_EmptyCall_FullMethodName
	unaryCall = testpb.TestService_UnaryCall_FullMethodName
)

// service is what is called: UnaryCall returns as many bytes as it is asked for.
type service struct {
	testpb.UnimplementedTestServiceServer

	check func(context.Context) error
}

func (s service) EmptyCall(ctx context.Context, _ *testpb.Empty) (*testpb.Empty, error) {
	return &testpb.Empty{}, s.check(ctx)
}

func (s service) UnaryCall(ctx context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	body := make([]byte, r.GetResponseSize())
	if len(body) > 0 {
		body[0] = r.GetPayload().GetBody()[0]
	}
	return &testpb.SimpleResponse{Payload: &testpb.Payload{Body: body}}, s.check(ctx)
}

func services(check func(context.Context) error) []rpc.Service {
	return callbatch.Services(rpc.Service{Desc: &testpb.TestService_ServiceDesc, Impl: service{check: check}})
}

func succeed(context.Context) error { return nil }

// userIDs is a Verifier whose tokens are the ids of users.
type userIDs struct{}

func (userIDs) Verify(_ context.Context, raw string) (token.Claims, error) {
	id, err := ulid.ParseStrict(raw)
	if err != nil {
		return token.Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	return token.Claims{UserID: id, Scopes: token.TasksRead}, nil
}

// connect starts a server, and returns a connection to it that does not batch.
func connect(t *testing.T, check func(context.Context) error) *grpc.ClientConn {
	t.Helper()
	return connectTo(t, prometheus.NewRegistry(), check)
}

// connectTo is connect, with the metrics of the server in a registry.
func connectTo(t *testing.T, reg *prometheus.Registry, check func(context.Context) error) *grpc.ClientConn {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	s := rpc.NewServer(rpc.ServerOptions{
		Services: services(check), Logger: log.NewNopLogger(), Registerer: reg, Verifier: userIDs{},
		Scopes: map[string]token.Scopes{emptyCall: token.TasksRead, unaryCall: token.TasksWrite},
	})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-done })
	conn, err := grpc.NewClient("passthrough:///test", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// batching returns a client that batches reads through a connection.
func batching(conn grpc.ClientConnInterface) testpb.TestServiceClient {
	return testpb.NewTestServiceClient(callbatch.NewClient(conn, callbatch.Options{
		Rules: map[string]callbatch.Rule{emptyCall: {Read: true}, unaryCall: {Read: true}},
	}))
}

func asUser(ctx context.Context) context.Context { return token.WithBearer(ctx, ulid.Make().String()) }

func TestBatch_ManyCallers_EachHasItsOwnMetadataAndReply(t *testing.T) {
	t.Parallel()
	refused := errs.New(errs.FailedPrecondition, "REFUSED", "No.")
	c := batching(connect(t, func(ctx context.Context) error {
		caller, _ := rpc.Caller(ctx)
		switch n, _ := strconv.Atoi(rpc.RequestID(ctx)); {
		case n%4 == 1:
			panic("on purpose")
		case n%4 == 2:
			return refused.WithDetail("%s %s", caller.UserID, rpc.Address(ctx))
		case rpc.Repeated(ctx):
			return errors.New("nothing was repeated")
		}
		return nil
	}))
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			user, address := ulid.Make().String(), fmt.Sprint("192.0.2.", n)
			raw := user
			if n%4 == 3 {
				raw = "not a token"
			}
			ctx := rpc.WithAddress(rpc.WithRequestID(token.WithBearer(t.Context(), raw), strconv.Itoa(n)), address)
			_, err := c.EmptyCall(ctx, &testpb.Empty{})
			want := []error{nil, errs.ErrInternal, refused, errs.ErrUnauthenticated}[n%4]
			if !errors.Is(err, want) || err != nil && !rpc.FromService(err) {
				t.Errorf("%d: %v, want %v", n, err, want)
			}
			if n%4 == 2 && errs.From(err).Detail != user+" "+address {
				t.Errorf("%d: the reply is for %q", n, errs.From(err).Detail)
			}
		})
	}
	all.Wait()
}

func TestBatch_ManyCalls_EachIsCounted(t *testing.T) {
	t.Parallel()
	const calls = 50
	reg := prometheus.NewRegistry()
	c := batching(connectTo(t, reg, succeed))
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if _, err := c.EmptyCall(asUser(t.Context()), &testpb.Empty{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := 0.0
	for _, f := range families {
		if f.GetName() == "grpc_server_handled_total" {
			for _, m := range f.GetMetric() {
				counted += m.GetCounter().GetValue()
			}
		}
	}
	if counted != calls { // and the batches are not
		t.Errorf("%v of %d calls were counted", counted, calls)
	}
}

func TestBatch_MethodOutsideTheScope_Forbidden(t *testing.T) {
	t.Parallel()
	c := batching(connect(t, succeed))
	if _, err := c.UnaryCall(asUser(t.Context()), &testpb.SimpleRequest{}); !errors.Is(err, errs.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

// markingConn marks each call as a repeat, as the balancer does.
type markingConn struct{ grpc.ClientConnInterface }

func (m markingConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return m.ClientConnInterface.Invoke(rpc.MarkRepeat(ctx), method, args, reply, opts...)
}

func TestBatch_Repeated_EachCallIsARepeat(t *testing.T) {
	t.Parallel()
	c := batching(markingConn{connect(t, func(ctx context.Context) error {
		if !rpc.Repeated(ctx) {
			return errors.New("it is not marked")
		}
		return nil
	})})
	if _, err := c.EmptyCall(asUser(t.Context()), &testpb.Empty{}); err != nil {
		t.Error(err)
	}
}

func TestBatch_CallDeadline_EndsTheCall(t *testing.T) {
	t.Parallel()
	c := batching(connect(t, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}))
	ctx, cancel := context.WithTimeout(asUser(t.Context()), 50*time.Millisecond)
	defer cancel()
	// The service's own reply comes before the deadline, or else the caller's error.
	if _, err := c.EmptyCall(ctx, &testpb.Empty{}); !errors.Is(err, errs.ErrUnavailable) && !errors.Is(err, errs.ErrDeadline) {
		t.Errorf("got %v", err)
	}
}

func TestServices_TooManyCalls_Invalid(t *testing.T) {
	t.Parallel()
	c := callbatchv1.NewCallBatchServiceClient(connect(t, succeed))
	_, err := c.CallBatch(t.Context(), &callbatchv1.CallBatchRequest{Calls: make([]*callbatchv1.CallBatchRequest_Call, 33)})
	if !errors.Is(err, errs.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestServices_MalformedCalls_OnlyTheseFail(t *testing.T) {
	t.Parallel()
	c := callbatchv1.NewCallBatchServiceClient(connect(t, succeed))
	good := &callbatchv1.CallBatchRequest_Call{Method: emptyCall, Metadata: []string{"authorization", "Bearer " + ulid.Make().String()}}
	response, err := c.CallBatch(t.Context(), &callbatchv1.CallBatchRequest{Calls: []*callbatchv1.CallBatchRequest_Call{
		good,
		{Method: "/grpc.testing.TestService/Nothing"},
		{Method: callbatchv1.CallBatchService_CallBatch_FullMethodName},
		{Method: emptyCall, Metadata: []string{"a name without a value"}},
		{Method: emptyCall, Metadata: good.GetMetadata(), Message: []byte("not a message")},
		{Method: emptyCall},
		nil,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range response.GetReplies() {
		if failed := len(r.GetStatus()) > 0; failed != (i > 0) {
			t.Errorf("call %d: %v", i, r)
		}
	}
	response, err = c.CallBatch(t.Context(), &callbatchv1.CallBatchRequest{})
	if err != nil || len(response.GetReplies()) > 0 {
		t.Errorf("without calls: %v, %v", response, err)
	}
}

// sized asks for a reply of some bytes, the first of which is mark.
func sized(bytes int32, mark byte) *testpb.SimpleRequest {
	return &testpb.SimpleRequest{ResponseSize: bytes, Payload: &testpb.Payload{Body: []byte{mark}}}
}

func TestServices_RepliesOverTheBound_ReadsAreCalledAlone(t *testing.T) {
	t.Parallel()
	const large, largestTask = 700 << 10, 72 << 10
	for name, c := range map[string]struct {
		calls, reads int
		bytes        int32
		alone        int
	}{
		"one read":                {1, 1, 3 << 20, 0},
		"small reads":             {32, 32, 30 << 10, 0},
		"large reads":             {5, 5, large, 4},
		"reads that never fit":    {2, 2, 1 << 20, 2},
		"the largest writes":      {32, 0, largestTask, 0},
		"large reads with writes": {32, 4, 500 << 10 / 7, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := &callbatchv1.CallBatchRequest{}
			message, err := proto.Marshal(sized(c.bytes, 7))
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.calls {
				request.Calls = append(request.Calls, &callbatchv1.CallBatchRequest_Call{Method: unaryCall, Message: message, Read: i < c.reads})
			}
			response := &callbatchv1.CallBatchResponse{}
			conn := &localConn{services: services(succeed)}
			if err := conn.Invoke(t.Context(), callbatchv1.CallBatchService_CallBatch_FullMethodName, request, response); err != nil {
				t.Fatal(err)
			}
			if size := proto.Size(response); size > rpc.MaxMessage {
				t.Errorf("the response has %d bytes", size)
			}
			alone := 0
			for i, r := range response.GetReplies() {
				switch {
				case r.GetCallAlone():
					alone++
				case len(r.GetStatus()) > 0 || len(r.GetMessage()) < int(c.bytes):
					t.Errorf("reply %d has %d bytes, status %q", i, len(r.GetMessage()), r.GetStatus())
				}
			}
			if alone != c.alone {
				t.Errorf("%d are to be called alone, want %d", alone, c.alone)
			}
		})
	}
}
