package admission

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of one Gate.
type metrics struct {
	inFlight, queued prometheus.Gauge
	full, late       prometheus.Counter
}

func newMetrics(o Options) *metrics {
	with := promauto.With(prometheus.WrapRegistererWith(prometheus.Labels{"gate": o.Name}, o.Registerer))
	shed := with.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_admission_shed_total",
		Help: "Requests that were turned away: full (too many waited) or late (none of the places came free in time).",
	}, []string{"reason"})
	return &metrics{
		inFlight: with.NewGauge(prometheus.GaugeOpts{
			Name: "todokit_admission_in_flight",
			Help: "Requests that are being worked on.",
		}),
		queued: with.NewGauge(prometheus.GaugeOpts{
			Name: "todokit_admission_queued",
			Help: "Requests that wait for a place.",
		}),
		full: shed.WithLabelValues("full"),
		late: shed.WithLabelValues("late"),
	}
}
