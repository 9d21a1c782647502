package loadshed

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of one Limiter.
type metrics struct {
	inFlight, queued  prometheus.Gauge
	full, late, share prometheus.Counter
}

func newMetrics(o Options) *metrics {
	with := promauto.With(prometheus.WrapRegistererWith(prometheus.Labels{"limiter": o.Name}, o.Registerer))
	shed := with.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_loadshed_shed_total",
		Help: "Requests that were turned away: full (too many waited), late (none of the places came free in time) or share (the user or address had its share of the places).",
	}, []string{"reason"})
	return &metrics{
		inFlight: with.NewGauge(prometheus.GaugeOpts{
			Name: "todokit_loadshed_in_flight",
			Help: "Requests that are being worked on.",
		}),
		queued: with.NewGauge(prometheus.GaugeOpts{
			Name: "todokit_loadshed_queued",
			Help: "Requests that wait for a place.",
		}),
		full:  shed.WithLabelValues("full"),
		late:  shed.WithLabelValues("late"),
		share: shed.WithLabelValues("share"),
	}
}
