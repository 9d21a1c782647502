package rpc

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"todokit/pkg/errs"
)

// metrics counts and times the calls of a server.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	// bound keeps the observers per method and outcome: looking one up by its
	// labels costs six times what observing does. Both come from small sets.
	bound sync.Map // outcome → *observers
}

type outcome struct{ method, kind string }

type observers struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{
		requests: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "todokit_grpc_server_requests_total",
			Help: "Calls answered, by method and kind of error (ok: none).",
		}, []string{"method", "outcome"}),
		duration: promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
			Name:    "todokit_grpc_server_request_duration_seconds",
			Help:    "Time to answer a call.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"method"}),
	}
}

func (m *metrics) observe(method string, err error, d time.Duration) {
	o := outcome{method: method, kind: "ok"}
	if err != nil {
		o.kind = errs.KindOf(err).String()
	}
	b, ok := m.bound.Load(o)
	if !ok {
		b, _ = m.bound.LoadOrStore(o, &observers{
			count:    m.requests.WithLabelValues(o.method, o.kind),
			duration: m.duration.WithLabelValues(o.method),
		})
	}
	b.(*observers).count.Inc()
	b.(*observers).duration.Observe(d.Seconds())
}
