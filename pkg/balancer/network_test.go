package balancer_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"todokit/pkg/balancer"
	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is a service of any number of instances, each a gRPC server on a
// Unix socket of its own, registered in an etcd.
type network struct {
	t      testing.TB
	dir    string
	client *registry.Client
	reg    *prometheus.Registry
	log    recorder
	opts   balancer.Options
}

// recorder keeps the lines of a log.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

func (r *recorder) Log(keyvals ...any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprint(keyvals...))
	return nil
}

// about returns the lines that have the text.
func (r *recorder) about(text string) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lines {
		if strings.Contains(l, text) {
			lines = append(lines, l)
		}
	}
	return lines
}

// proofService is the service that a health check names, which tells it from the
// calls of these tests: those name none.
const proofService = "health.v1.Tested"

func newNetwork(t testing.TB) *network {
	t.Helper()
	etcd := registrytest.Start(t)
	n := &network{t: t, dir: registrytest.ShortDir(t), client: registrytest.NewClient(t, etcd.Endpoint()), reg: prometheus.NewRegistry()}
	n.opts = balancer.Options{
		Service: "health", GRPCService: proofService, Caller: "test", Registerer: n.reg, Logger: &n.log,
		Dial: []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())},
		FromService: func(err error) bool {
			s, _ := status.FromError(err)
			return len(s.Details()) > 0
		},
		MarkRepeat: func(ctx context.Context) context.Context {
			return metadata.AppendToOutgoingContext(ctx, "repeated", "1")
		},
	}
	return n
}

// fromService is an error that the service's own code returned.
func fromService(code codes.Code) error {
	s, err := status.New(code, "no").WithDetails(&errdetails.ErrorInfo{Reason: "NO"})
	if err != nil {
		panic(err)
	}
	return s.Err()
}

// dial makes a Conn that knows so many instances.
func (n *network) dial(instances int) healthv1.HealthClient {
	n.t.Helper()
	conn := n.conn(instances)
	return healthv1.NewHealthClient(conn)
}

func (n *network) conn(instances int) *balancer.Conn {
	n.t.Helper()
	instancer, err := registry.NewInstancer(n.client, "health")
	if err != nil {
		n.t.Fatal(err)
	}
	opts := n.opts
	opts.Instancer = instancer
	conn := balancer.NewConn(opts)
	n.t.Cleanup(conn.Close)
	registrytest.Await(n.t, "instances known", func() bool { return len(conn.Instances()) == instances })
	return conn
}

// value is the value of the metric's series, that of an instance if it is not "".
func (n *network) value(metric, instance string) float64 {
	n.t.Helper()
	families, err := n.reg.Gather()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			matches := instance == ""
			for _, l := range m.GetLabel() {
				matches = matches || (l.GetName() == "instance" && l.GetValue() == instance)
			}
			if f.GetName() == metric && matches {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

func (n *network) series(metric string) int {
	n.t.Helper()
	count, err := testutil.GatherAndCount(n.reg, metric)
	if err != nil {
		n.t.Fatal(err)
	}
	return count
}

func (n *network) lint() {
	n.t.Helper()
	problems, err := testutil.GatherAndLint(n.reg)
	if err != nil || len(problems) > 0 {
		n.t.Errorf("metrics: %v %v", problems, err)
	}
}

// server is one instance.
type server struct {
	healthv1.UnimplementedHealthServer
	address      string
	server       *grpc.Server
	registration *registry.Registration
	calls        atomic.Int64
	proofs       atomic.Int64
	another      atomic.Bool // it is an instance of another service
	lists        bool        // it has the method List
	handler      atomic.Pointer[func(context.Context) error]
}

func (n *network) instance(name string) *server {
	n.t.Helper()
	s := n.serve(name, &server{})
	s.registration = registrytest.Register(n.t, n.client, "health", name, s.address)
	return s
}

// serve starts a server at the address of that name.
func (n *network) serve(name string, s *server) *server {
	n.t.Helper()
	s.server = grpc.NewServer(grpc.WaitForHandlers(true))
	healthv1.RegisterHealthServer(s.server, s)
	listener := n.listen(name)
	s.address = addressOf(listener)
	go func() { _ = s.server.Serve(listener) }()
	n.t.Cleanup(s.server.Stop)
	return s
}

// listen listens at the address of that name.
func (n *network) listen(name string) net.Listener {
	n.t.Helper()
	listener, err := net.Listen("unix", filepath.Join(n.dir, name+".sock"))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func addressOf(l net.Listener) string { return "unix://" + l.Addr().String() }

// handle sets what calls return; nil: no error.
func (s *server) handle(handler func(context.Context) error) {
	if handler == nil {
		handler = func(context.Context) error { return nil }
	}
	s.handler.Store(&handler)
}

func (s *server) Check(ctx context.Context, r *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if r.GetService() == proofService {
		s.proofs.Add(1)
		if s.another.Load() {
			return nil, status.Error(codes.NotFound, "unknown service")
		}
		return &healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}, nil
	}
	s.calls.Add(1)
	if h := s.handler.Load(); h != nil {
		if err := (*h)(ctx); err != nil {
			return nil, err
		}
	}
	return &healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}, nil
}

// List is a method that an earlier version does not have.
func (s *server) List(context.Context, *healthv1.HealthListRequest) (*healthv1.HealthListResponse, error) {
	if !s.lists {
		return nil, status.Error(codes.Unimplemented, "unknown method List")
	}
	s.calls.Add(1)
	return &healthv1.HealthListResponse{}, nil
}

// Watch sends one reply and stays open until the caller cancels.
func (s *server) Watch(_ *healthv1.HealthCheckRequest, stream healthv1.Health_WatchServer) error {
	s.calls.Add(1)
	if err := stream.Send(&healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

// check makes a call that must succeed.
func check(t testing.TB, health healthv1.HealthClient) {
	t.Helper()
	got, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("check: %v, %v", got, err)
	}
}
