package cache

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of one cache.
type metrics struct {
	hits, misses, errors      prometheus.Counter
	full, large, away, failed prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, name string) metrics {
	with := promauto.With(labelled(reg, name))
	lookups := with.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_cache_lookups_total",
		Help: "Lookups: hit, miss, or error (a miss for want of the cache, or of a value that could be read).",
	}, []string{"outcome"})
	dropped := with.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_cache_dropped_total",
		Help: "Values that were not kept: full (too many waited to be written), large, away (the cache was) or failed.",
	}, []string{"reason"})
	return metrics{
		hits:   lookups.WithLabelValues("hit"),
		misses: lookups.WithLabelValues("miss"),
		errors: lookups.WithLabelValues("error"),
		full:   dropped.WithLabelValues("full"),
		large:  dropped.WithLabelValues("large"),
		away:   dropped.WithLabelValues("away"),
		failed: dropped.WithLabelValues("failed"),
	}
}

// observeBytes registers the size of a cache in this process.
func observeBytes(reg prometheus.Registerer, name string, bytes func() float64) {
	promauto.With(labelled(reg, name)).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "todokit_cache_bytes",
		Help: "Memory that the values kept in this process take.",
	}, bytes)
}

func labelled(reg prometheus.Registerer, name string) prometheus.Registerer {
	return prometheus.WrapRegistererWith(prometheus.Labels{"cache": name}, reg)
}
