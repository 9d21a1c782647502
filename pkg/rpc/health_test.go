package rpc_test

import (
	"context"
	"net"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"todokit/pkg/loadshed"
	"todokit/pkg/rpc"
)

// TestServer_Health_KnowsItsServicesOnly is how callers find out what they have
// reached: without a token, and while the server works on all that it may.
func TestServer_Health_KnowsItsServicesOnly(t *testing.T) {
	t.Parallel()
	limiter := loadshed.New(loadshed.Options{Name: "test", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	if err := limiter.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := rpc.NewServer(rpc.ServerOptions{
		Services: []rpc.Service{{Desc: &grpc.ServiceDesc{ServiceName: "test.v1.TestService", HandlerType: (*any)(nil)}}},
		Logger:   log.NewNopLogger(), Registerer: prometheus.NewRegistry(), Verifier: goodToken{},
		Limiter: func(string, any) *loadshed.Limiter { return limiter },
	})
	l := bufconn.Listen(1 << 20)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for service, want := range map[string]codes.Code{
		"": codes.OK, "test.v1.TestService": codes.OK,
		"test.v1.OtherService": codes.NotFound, "test.v1.TestServic": codes.NotFound, "TEST.V1.TESTSERVICE": codes.NotFound,
	} {
		got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if status.Code(err) != want || want == codes.OK && got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: got %v, %v; want %v", service, got, err, want)
		}
	}
}
