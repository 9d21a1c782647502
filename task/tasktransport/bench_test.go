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
	"todokit/task/tasktransport"
)

// ready is a service that has its answers at once.
type ready struct {
	task.Service
	page task.Page
}

func (r ready) GetTask(context.Context, task.Ref) (task.Task, error) { return r.page.Tasks[0], nil }

func (r ready) ListTasks(context.Context, task.Query) (task.Page, error) { return r.page, nil }

func newReady() ready {
	now := time.Now().UTC().Truncate(time.Microsecond)
	r := ready{page: task.Page{Next: "eyJ2IjoxLCJxIjoiMTIzNDU2Nzg5MDEyIiwiaSI6IjAxTTgxUkpSOUFLREhNQzU1U1hUNTJGSDRZIn0"}}
	owner := ulid.Make()
	for range 20 {
		r.page.Tasks = append(r.page.Tasks, task.Task{
			Owner: owner, ID: ulid.Make(), ListID: owner, Title: "Water the tomatoes", Content: "Not at noon, and not from above.",
			Status: task.Todo, Priority: 2, Due: &task.When{Date: "2026-11-24", Instant: now}, TimeZone: "Asia/Shanghai",
			Labels: []string{"garden", "home"}, Position: 1795355664682, CreateTime: now, UpdateTime: now, Version: 3, Mutation: ulid.Make(),
		})
	}
	return r
}

// BenchmarkHop is what it takes to ask across the wire.
func BenchmarkHop(b *testing.B) {
	for name, svc := range map[string]task.Service{"memory": inMemory(b), "tcp": over(b, "tcp", "127.0.0.1:0"), "unix": over(b, "unix", socket(b))} {
		ctx := rpc.WithRequestID(as(b.Context(), ulid.Make()), "01M81RJR9AKDHMC55SXT52FH4Y")
		ref := task.Ref{ID: ulid.Make()}
		each(b, name+"/get", func() error { _, err := svc.GetTask(ctx, ref); return err })
		each(b, name+"/list", func() error { _, err := svc.ListTasks(ctx, task.Query{PageSize: 20}); return err })
	}
}

// each measures calls one after the other, and of many callers at once.
func each(b *testing.B, name string, call func() error) {
	b.Run(name+"/serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := call(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

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
	server := rpc.NewServer(rpc.ServerOptions{
		Logger: log.NewNopLogger(), Registerer: prometheus.NewRegistry(),
		Verifier: named{}, Scopes: tasktransport.Scopes(), Services: tasktransport.NewServer(newReady()),
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
	return tasktransport.NewClient(conn)
}
