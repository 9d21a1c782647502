package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

func TestStatus_EachKind_IsTheSameAfterTransport(t *testing.T) {
	t.Parallel()
	for _, kind := range errs.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			entry := errs.New(kind, "SOME_CODE", "A sentence.")
			sent := entry.WithDetail("%d more %s", 2, "things").WithRetryAfter(3*time.Second).
				WithFields(errs.Invalid("title", errs.FieldTooLong, 500), errs.Invalid("due", errs.FieldRequired)).
				Wrap(errors.New("the secret cause"))
			wire := rpc.ToStatus(sent)
			if strings.Contains(fmt.Sprint(status.Convert(wire).Proto()), "secret") {
				t.Fatal("the internal cause went over the wire")
			}
			got := errs.From(rpc.FromStatus(wire))
			if !errors.Is(got, entry) || got.Kind != kind || got.Message != sent.Message || got.Detail != "2 more things" || got.RetryAfter != sent.RetryAfter {
				t.Fatalf("got %+v, want %+v", got, sent)
			}
			if got.DetailFormat != sent.DetailFormat || !slices.Equal(got.DetailArgs, []string{"2", "things"}) {
				t.Fatalf("the detail can no longer be translated: %+v", got)
			}
			if !reflect.DeepEqual(got.Fields, sent.Fields) {
				t.Fatalf("fields are %+v, want %+v", got.Fields, sent.Fields)
			}
			if !rpc.FromService(got) {
				t.Fatal("not recognised as the service's own reply")
			}
		})
	}
}

func TestStatus_Nil_StaysNil(t *testing.T) {
	t.Parallel()
	if rpc.ToStatus(nil) != nil || rpc.FromStatus(nil) != nil || rpc.FromService(nil) {
		t.Fatal("nil became an error")
	}
}

func TestToStatus_UnknownError_InternalWithoutItsText(t *testing.T) {
	t.Parallel()
	wire := rpc.ToStatus(errors.New("dial tcp 10.0.0.1: password=hunter2"))
	if got := rpc.FromStatus(wire); !errors.Is(got, errs.ErrInternal) || strings.Contains(fmt.Sprint(wire), "hunter2") {
		t.Fatalf("got %v", wire)
	}
}

// service has one method, which does what the test says.
type service struct {
	healthpb.UnimplementedHealthServer
	check func(context.Context) error
}

func (s service) Check(ctx context.Context, _ *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	return &healthpb.HealthCheckResponse{}, s.check(ctx)
}

// goodToken is a Verifier that knows one token, "good".
type goodToken struct{ caller token.Claims }

func (p goodToken) Verify(_ context.Context, raw string) (token.Claims, error) {
	if raw != "good" {
		return token.Claims{}, errs.ErrUnauthenticated
	}
	return p.caller, nil
}

// checkMethod is the method of the service.
const checkMethod = "/grpc.health.v1.Health/Check"

func start(t *testing.T, o rpc.ServerOptions, check func(context.Context) error) healthpb.HealthClient {
	t.Helper()
	return healthpb.NewHealthClient(connect(t, o, check))
}

// connect starts a server, and returns a connection to it.
func connect(t *testing.T, o rpc.ServerOptions, check func(context.Context) error) *grpc.ClientConn {
	t.Helper()
	o.Services = []rpc.Service{{Desc: &healthpb.Health_ServiceDesc, Impl: service{check: check}}}
	o.Logger = log.NewNopLogger()
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	if o.Scopes == nil {
		o.Scopes = map[string]token.Scopes{checkMethod: 0}
	}
	l := bufconn.Listen(1 << 20)
	s := rpc.NewServer(o)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	conn, err := grpc.NewClient("passthrough:///test", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// call calls the method as a transport does.
func call(ctx context.Context, c healthpb.HealthClient) error {
	method := rpc.Call(
		func(struct{}) *healthpb.HealthCheckRequest { return &healthpb.HealthCheckRequest{} },
		c.Check,
		func(*healthpb.HealthCheckResponse) (struct{}, error) { return struct{}{}, nil })
	_, err := method(ctx, struct{}{})
	return err
}

func TestServer_Metadata_ReachesTheService(t *testing.T) {
	t.Parallel()
	caller := token.Claims{UserID: ulid.Make()}
	c := start(t, rpc.ServerOptions{Verifier: goodToken{caller}}, func(ctx context.Context) error {
		got, ok := rpc.Caller(ctx)
		if !ok || got.UserID != caller.UserID || rpc.RequestID(ctx) != "r-1" || rpc.Address(ctx) != "192.0.2.7" || !rpc.Repeated(ctx) {
			return fmt.Errorf("got %v %v %q %q %v", ok, got, rpc.RequestID(ctx), rpc.Address(ctx), rpc.Repeated(ctx))
		}
		return nil
	})
	ctx := rpc.WithAddress(rpc.WithRequestID(token.WithBearer(t.Context(), "good"), "r-1"), "192.0.2.7")
	ctx = rpc.MarkRepeat(ctx)
	if err := call(ctx, c); err != nil {
		t.Fatal(err)
	}
}

func TestServer_Token_RequiredExceptForPublicMethods(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context) error { return nil }
	for name, c := range map[string]struct {
		public []string
		bearer string
		want   error
	}{
		"private, no token":  {nil, "", errs.ErrUnauthenticated},
		"private, bad token": {nil, "bad", errs.ErrUnauthenticated},
		"private, token":     {nil, "good", nil},
		"public method":      {[]string{"/grpc.health.v1.Health/Check"}, "", nil},
		"public service":     {[]string{"/grpc.health.v1.Health/"}, "", nil},
		"prefix of a method": {[]string{"/grpc.health.v1.Health/Che"}, "", errs.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := start(t, rpc.ServerOptions{Verifier: goodToken{}, Public: c.public}, nothing)
			if err := call(token.WithBearer(t.Context(), c.bearer), client); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestServer_Panic_InternalErrorAndServerGoesOn(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	c := start(t, rpc.ServerOptions{Verifier: goodToken{}, Registerer: reg}, func(context.Context) error { panic("boom") })
	ctx := token.WithBearer(t.Context(), "good")
	for range 2 {
		err := call(ctx, c)
		if !errors.Is(err, errs.ErrInternal) || strings.Contains(errs.From(err).Message, "boom") {
			t.Fatalf("got %v", err)
		}
	}
	if n := handled(t, reg, "Internal"); n != 2 {
		t.Errorf("%v calls were counted, want 2", n)
	}
}

func TestServer_NoCallYet_CountersAreZero(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	connect(t, rpc.ServerOptions{Registerer: reg}, func(context.Context) error { return nil })
	if n := handled(t, reg, "Internal"); n != 0 {
		t.Errorf("%v calls were counted", n)
	}
}

// handled returns how many calls of the method the server has counted with a code.
func handled(t *testing.T, reg prometheus.Gatherer, code string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "grpc_server_handled_total" && labels["grpc_code"] == code &&
				"/"+labels["grpc_service"]+"/"+labels["grpc_method"] == checkMethod {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("calls with the code %s are not counted", code)
	return 0
}

func TestClient_BrokenConnection_UnavailableAndNotFromService(t *testing.T) {
	t.Parallel()
	conn, err := grpc.NewClient("passthrough:///nobody", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return nil, errors.New("refused") }))...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = call(t.Context(), healthpb.NewHealthClient(conn))
	if !errors.Is(err, errs.ErrUnavailable) || rpc.FromService(err) {
		t.Fatalf("got %v, from the service: %v", err, rpc.FromService(err))
	}
}
