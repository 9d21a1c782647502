package loadshed_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/loadshed"
)

func BenchmarkLimiter_EnterAndLeave(b *testing.B) {
	for name, places := range map[string]int{"free": 1 << 20, "full": 1} {
		limiter := loadshed.New(loadshed.Options{
			Name: name, Concurrent: places, Queue: 1 << 20, Wait: time.Minute, Registerer: prometheus.NewRegistry(),
		})
		pass := func(b *testing.B) {
			if err := limiter.Enter(b.Context()); err != nil {
				b.Error(err)
				return
			}
			limiter.Leave()
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

func BenchmarkLimiter_Saturated(b *testing.B) {
	limiter := loadshed.New(loadshed.Options{Name: "full", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	if err := limiter.Enter(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if limiter.Saturated() == nil {
			b.Fatal("it is not saturated")
		}
	}
}
