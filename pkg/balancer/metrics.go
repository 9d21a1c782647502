package balancer

import (
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/collector"
)

// metrics of one Conn.
type metrics struct {
	instances              prometheus.Gauge
	resent, unsent, denied prometheus.Counter // retries
	breakers               *prometheus.GaugeVec
	caller, service        string
}

// newMetrics registers the metrics, which all Conns of a process share.
func newMetrics(o Options) *metrics {
	instances := collector.Register(o.Registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "todokit_discovery_instances",
		Help: "Instances of a service that a caller knows.",
	}, []string{"caller", "service"}))
	breakers := collector.Register(o.Registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "todokit_discovery_breaker_state",
		Help: "State of the breaker of an instance: 0 closed, 1 half open, 2 open.",
	}, []string{"caller", "service", "instance"}))
	retries := collector.Register(o.Registerer, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_discovery_retries_total",
		Help: "Attempts after a failed one: resent, unsent (the failed one was never sent) or denied (over the budget).",
	}, []string{"caller", "service", "kind"}))
	return &metrics{
		instances: instances.WithLabelValues(o.Caller, o.Service),
		resent:    retries.WithLabelValues(o.Caller, o.Service, "resent"),
		unsent:    retries.WithLabelValues(o.Caller, o.Service, "unsent"),
		denied:    retries.WithLabelValues(o.Caller, o.Service, "denied"),
		breakers:  breakers, caller: o.Caller, service: o.Service,
	}
}

// breaker returns the gauge of an instance's breaker, which is closed.
func (m *metrics) breaker(instance string) prometheus.Gauge {
	g := m.breakers.WithLabelValues(m.caller, m.service, instance)
	g.Set(0)
	return g
}

// deleteInstance deletes the series of an instance.
func (m *metrics) deleteInstance(instance string) {
	m.breakers.DeleteLabelValues(m.caller, m.service, instance)
}
