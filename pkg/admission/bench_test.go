package admission_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/admission"
)

func BenchmarkGate(b *testing.B) {
	for name, places := range map[string]int{"free": 1 << 20, "full": 1} {
		gate := admission.New(admission.Options{
			Name: name, Concurrent: places, Queue: 1 << 20, Wait: time.Minute, Registerer: prometheus.NewRegistry(),
		})
		pass := func(b *testing.B) {
			if err := gate.Enter(b.Context()); err != nil {
				b.Error(err)
				return
			}
			gate.Leave()
		}
		b.Run(name+"/serial", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pass(b)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					pass(b)
				}
			})
		})
	}
}

// BenchmarkGateRefuses is what it costs to turn one away.
func BenchmarkGateRefuses(b *testing.B) {
	gate := admission.New(admission.Options{Name: "full", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	if err := gate.Enter(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if gate.Refuse() == nil {
			b.Fatal("it let one in")
		}
	}
}
