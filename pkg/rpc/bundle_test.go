package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
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

// held answers bundles when it is told to.
type held struct {
	grpc.ClientConnInterface

	goOn chan struct{}
	mu   sync.Mutex
	sent []int // the calls in each bundle
}

func (h *held) Invoke(_ context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	bundle, ok := args.(*bundlev1.CallRequest)
	answer, answerOK := reply.(*bundlev1.CallResponse)
	if !ok || !answerOK {
		return fmt.Errorf("%s travels alone", method)
	}
	h.mu.Lock()
	h.sent = append(h.sent, len(bundle.GetItems()))
	h.mu.Unlock()
	<-h.goOn
	for range bundle.GetItems() {
		answer.Items = append(answer.Items, &bundlev1.CallResponse_Item{})
	}
	return nil
}

func TestCallsThatAreMadeTogetherTravelTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 64
		h := &held{goOn: make(chan struct{})}
		c := healthpb.NewHealthClient(rpc.Bundling(h, checkMethod))
		var all sync.WaitGroup
		for range calls {
			all.Go(func() {
				if err := call(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // two bundles are under way, and whoever is not in one of them waits
		close(h.goOn)
		all.Wait()
		sum := 0
		for _, n := range h.sent {
			sum += n
		}
		if sum != calls || len(h.sent) > 4 {
			t.Errorf("%d calls travelled as %v", calls, h.sent)
		}
	})
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
