package balancer_test

import (
	"testing"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// BenchmarkConn shows what a Conn adds to a call: "direct" is the same call
// over a connection of gRPC's own.
func BenchmarkConn(b *testing.B) {
	n := newNetwork(b)
	server := n.instance("a")
	n.instance("b")
	conn := n.conn(2)
	direct, err := grpc.NewClient(server.address, n.opts.Dial...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = direct.Close() })
	for name, cc := range map[string]grpc.ClientConnInterface{"direct": direct, "balancer": conn} {
		health := healthv1.NewHealthClient(cc)
		b.Run(name+"/serial", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check(b, health)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					check(b, health)
				}
			})
		})
	}
}
