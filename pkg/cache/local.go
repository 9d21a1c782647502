package cache

import (
	"context"
	"math"

	"github.com/maypok86/otter/v2"
)

// overhead is about what an entry takes beside its key and its value.
const overhead = 128

// local keeps values in this process.
type local[V any] struct {
	values  *otter.Cache[string, V]
	weigh   func(key string, v V) uint32
	most    uint32
	metrics metrics
}

func newLocal[V any](o Options[V]) *local[V] {
	l := &local[V]{
		weigh: func(key string, v V) uint32 {
			return uint32(min(len(key)+o.Size(v)+overhead, math.MaxUint32)) //nolint:gosec // bounded in the same line
		},
		most:    uint32(min(o.Bytes, math.MaxUint32)), //nolint:gosec // bounded in the same line
		metrics: newMetrics(o.Registerer, o.Name),
	}
	l.values = otter.Must(&otter.Options[string, V]{
		MaximumWeight:    uint64(o.Bytes), //nolint:gosec // New lets only positive ones pass
		Weigher:          l.weigh,
		ExpiryCalculator: otter.ExpiryAccessing[string, V](o.TTL),
		Executor:         func(do func()) { do() }, // no goroutines of its own but one, which Close stops
	})
	observeBytes(o.Registerer, o.Name, func() float64 { return float64(l.values.WeightedSize()) })
	return l
}

func (l *local[V]) Get(_ context.Context, key string) (V, bool) {
	v, ok := l.values.GetIfPresent(key)
	if ok {
		l.metrics.hits.Inc()
	} else {
		l.metrics.misses.Inc()
	}
	return v, ok
}

func (l *local[V]) Put(_ context.Context, key string, v V) {
	if l.weigh(key, v) > l.most {
		l.metrics.large.Inc()
		return
	}
	l.values.SetIfAbsent(key, v)
}

func (l *local[V]) Close() error {
	l.values.StopAllGoroutines()
	return nil
}
