package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	bundlev1 "todokit/api/bundle/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

// ids is a Verifier whose tokens are the ids of users.
type ids struct{}

func (ids) Verify(_ context.Context, raw string) (token.Claims, error) {
	id, err := ulid.ParseStrict(raw)
	if err != nil {
		return token.Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	return token.Claims{UserID: id}, nil
}

// bundled starts a server, and returns a client whose calls travel together.
func bundled(t *testing.T, check func(context.Context) error) healthpb.HealthClient {
	t.Helper()
	return healthpb.NewHealthClient(rpc.Bundling(connect(t, rpc.ServerOptions{Verifier: ids{}}, check), checkMethod))
}

// Whatever calls travel together, each has its own caller, request id and
// address, and its own answer.
func TestBundledCallsAreCarriedOutApart(t *testing.T) {
	t.Parallel()
	refused := errs.New(errs.FailedPrecondition, "REFUSED", "No.")
	c := bundled(t, func(ctx context.Context) error {
		caller, _ := rpc.Caller(ctx)
		switch n, _ := strconv.Atoi(rpc.RequestID(ctx)); {
		case n%4 == 1:
			panic("boom")
		case n%4 == 2:
			return refused.WithDetail("%s %s", caller.UserID, rpc.Address(ctx))
		case rpc.Repeated(ctx):
			return errors.New("nothing was repeated")
		}
		return nil
	})
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			me, address := ulid.Make().String(), fmt.Sprint("192.0.2.", n)
			raw := me
			if n%4 == 3 {
				raw = "nobody's"
			}
			ctx := rpc.WithAddress(rpc.WithRequestID(token.WithBearer(t.Context(), raw), strconv.Itoa(n)), address)
			err := call(ctx, c)
			want := []error{nil, errs.ErrInternal, refused, errs.ErrUnauthenticated}[n%4]
			if !errors.Is(err, want) || err != nil && !rpc.FromService(err) {
				t.Errorf("%d: %v, want %v", n, err, want)
			}
			if n%4 == 2 && errs.From(err).Detail != me+" "+address {
				t.Errorf("%d: the answer is for %q", n, errs.From(err).Detail)
			}
		})
	}
	all.Wait()
}

// patient sends nothing before all who are to ask have asked.
type patient struct {
	grpc.ClientConnInterface

	all  *sync.WaitGroup
	mu   sync.Mutex
	sent []int // the calls in each bundle
}

func (p *patient) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	p.all.Wait()
	if m, ok := args.(*bundlev1.CallRequest); ok {
		p.mu.Lock()
		p.sent = append(p.sent, len(m.GetItems()))
		p.mu.Unlock()
	}
	return p.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

// waiting is a context that tells when somebody waits for its end, which whoever
// asks does from when the call is among those that are to be sent.
type waiting struct {
	context.Context //nolint:containedctx // it is one

	tell func()
}

func (w waiting) Done() <-chan struct{} {
	w.tell()
	return w.Context.Done()
}

func TestCallsThatAreMadeTogetherTravelTogether(t *testing.T) {
	t.Parallel()
	const calls = 64
	var asked, answered sync.WaitGroup
	asked.Add(calls)
	conn := &patient{ClientConnInterface: connect(t, rpc.ServerOptions{Verifier: ids{}}, func(context.Context) error { return nil }), all: &asked}
	c := healthpb.NewHealthClient(rpc.Bundling(conn, checkMethod))
	ctx := token.WithBearer(t.Context(), ulid.Make().String())
	for range calls {
		answered.Go(func() {
			if err := call(waiting{ctx, sync.OnceFunc(asked.Done)}, c); err != nil {
				t.Error(err)
			}
		})
	}
	answered.Wait()
	sum := 0
	for _, n := range conn.sent {
		sum += n
	}
	// One may have set out alone in each lane, and more where a machine is so
	// slow that the others came too late for those.
	if sum != calls || len(conn.sent) > calls/2 {
		t.Errorf("%d calls travelled as %v", calls, conn.sent)
	}
}

// marking repeats whatever is called through it.
type marking struct{ grpc.ClientConnInterface }

func (m marking) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return m.ClientConnInterface.Invoke(rpc.MarkRepeat(ctx), method, args, reply, opts...)
}

func TestTheCallsOfARepeatedBundleAreRepeats(t *testing.T) {
	t.Parallel()
	conn := connect(t, rpc.ServerOptions{Verifier: ids{}}, func(ctx context.Context) error {
		if !rpc.Repeated(ctx) {
			return errors.New("it is not marked")
		}
		return nil
	})
	c := healthpb.NewHealthClient(rpc.Bundling(marking{conn}, checkMethod))
	if err := call(token.WithBearer(t.Context(), ulid.Make().String()), c); err != nil {
		t.Error(err)
	}
}

func TestABundledCallHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	c := bundled(t, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, cancel := context.WithTimeout(token.WithBearer(t.Context(), ulid.Make().String()), 50*time.Millisecond)
	defer cancel()
	// The service's own answer comes before the deadline, or else the caller's.
	if err := call(ctx, c); !errors.Is(err, errs.ErrUnavailable) && !errors.Is(err, errs.ErrDeadline) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	t.Parallel()
	c := bundlev1.NewBundleServiceClient(connect(t, rpc.ServerOptions{Verifier: ids{}}, func(context.Context) error { return nil }))
	good := &bundlev1.CallRequest_Item{Method: checkMethod, Metadata: []string{"authorization", "Bearer " + ulid.Make().String()}}
	items := make([]*bundlev1.CallRequest_Item, 33)
	_, err := c.Call(t.Context(), &bundlev1.CallRequest{Items: items})
	if err = rpc.FromStatus(err); !errors.Is(err, errs.ErrInvalid) {
		t.Errorf("too many calls: %v", err)
	}
	answer, err := c.Call(t.Context(), &bundlev1.CallRequest{Items: []*bundlev1.CallRequest_Item{
		good,
		{Method: "/grpc.health.v1.Health/Nothing"},
		{Method: bundlev1.BundleService_Call_FullMethodName},
		{Method: checkMethod, Metadata: []string{"a name without a value"}},
		{Method: checkMethod, Metadata: good.GetMetadata(), Message: []byte("no message")},
		nil,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range answer.GetItems() {
		if failed := len(item.GetStatus()) > 0; failed != (i > 0) {
			t.Errorf("call %d: %v", i, item)
		}
	}
}
