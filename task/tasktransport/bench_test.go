package tasktransport_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"todokit/pkg/rpc"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

// BenchmarkClient_Call is what it takes to ask across the wire. Of what is asked
// for by many at once, get travels together, and list alone.
func BenchmarkClient_Call(b *testing.B) {
	const callers = 16
	for name, svc := range map[string]task.Service{"memory": inMemory(b), "tcp": over(b, "tcp", "127.0.0.1:0"), "unix": over(b, "unix", socket(b))} {
		ctx := rpc.WithRequestID(as(b.Context(), ulid.Make()), "01M81RJR9AKDHMC55SXT52FH4Y")
		get := task.GetTask{Ref: task.Ref{ID: ulid.Make()}}
		same := get
		same.Known = revision
		tasktest.Each(b, name+"/get", callers, func() error { _, err := svc.GetTask(ctx, get); return err })
		tasktest.Each(b, name+"/get-not-modified", callers, func() error { _, err := svc.GetTask(ctx, same); return err })
		tasktest.Each(b, name+"/list", callers, func() error { _, err := svc.ListTasks(ctx, task.ListTasks{PageSize: 20}); return err })
	}
}

// revision is that of all that is read.
const revision task.Revision = 1795355664682000

func inMemory(b *testing.B) task.Service {
	b.Helper()
	l := bufconn.Listen(1 << 20)
	return dial(b, l, l.DialContext)
}

func over(b *testing.B, network, address string) task.Service {
	b.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		b.Fatal(err)
	}
	return dial(b, l, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	})
}

// socket is in a folder with a name that is short enough for one.
func socket(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("", "tk")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "task.sock")
}

// dial starts a server on a listener, and returns a client of it.
func dial(b *testing.B, l net.Listener, connect func(context.Context) (net.Conn, error)) task.Service {
	b.Helper()
	ready := tasktest.NewReady(time.Now().UTC().Truncate(time.Microsecond))
	ready.Revision = revision
	server := rpc.NewServer(rpc.ServerOptions{
		Logger: log.NewNopLogger(), Registerer: prometheus.NewRegistry(),
		Verifier: named{}, Scopes: tasktransport.Scopes(), Services: tasktransport.NewServer(ready),
	})
	go func() { _ = server.Serve(l) }()
	b.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///task", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return connect(ctx) }))...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return tasktransport.NewClient(conn, plain)
}
