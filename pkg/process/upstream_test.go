package process_test

import (
	"errors"
	"net"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/errs"
	todokithealth "todokit/pkg/health"
	"todokit/pkg/process"
	"todokit/pkg/registry/registrytest"
	"todokit/pkg/tlsconfig/tlsconfigtest"
)

// With {service} in grpc.tls.server_name, the certificate of one service does not
// do for another.
func TestCallConfig_Conn_ServerNameWithService_CertificateOfThatServiceOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := tlsconfigtest.NewAuthority(t, dir).TLS(t, dir, "server") // for "localhost"
	creds, err := files.ServerCredentials()
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(creds...)
	healthv1.RegisterHealthServer(server, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	etcd := registrytest.Start(t)
	client := registrytest.NewClient(t, etcd.Endpoint())
	env := process.Env{Name: "test", Logger: log.NewNopLogger(), Registry: prometheus.NewRegistry(), Health: todokithealth.New()}
	files.ServerName = "{service}host"
	for service, want := range map[string]error{"local": nil, "other": errs.ErrUnavailable} {
		registrytest.Register(t, client, service, "a", l.Addr().String())
		conn, err := process.DefaultCalls().Conn(env, files, client, process.Upstream{Name: service})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		registrytest.Await(t, "the instance is known", func() bool { return len(conn.Instances()) == 1 })
		if _, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", service, err, want)
		}
	}
}
