package discovery

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of one Conn.
type metrics struct {
	instances              prometheus.Gauge
	resent, unsent, denied prometheus.Counter // retries
	breakers               *prometheus.GaugeVec
	caller, service        string
}

// newMetrics registers the metrics, or finds them where another Conn of the
// process has.
func newMetrics(o Options) (*metrics, error) {
	instances, err1 := registered(o.Registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "todokit_discovery_instances",
		Help: "Instances of a service that a caller knows.",
	}, []string{"caller", "service"}))
	breakers, err2 := registered(o.Registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "todokit_discovery_breaker_state",
		Help: "State of the breaker of an instance: 0 closed, 1 half open, 2 open.",
	}, []string{"caller", "service", "instance"}))
	retries, err3 := registered(o.Registerer, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_discovery_retries_total",
		Help: "Attempts after a failed one: resent, unsent (the failed one never left) or denied (over the budget).",
	}, []string{"caller", "service", "kind"}))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return &metrics{
		instances: instances.WithLabelValues(o.Caller, o.Service),
		resent:    retries.WithLabelValues(o.Caller, o.Service, "resent"),
		unsent:    retries.WithLabelValues(o.Caller, o.Service, "unsent"),
		denied:    retries.WithLabelValues(o.Caller, o.Service, "denied"),
		breakers:  breakers, caller: o.Caller, service: o.Service,
	}, nil
}

// breaker returns the gauge of an instance's breaker, at closed.
func (m *metrics) breaker(instance string) prometheus.Gauge {
	g := m.breakers.WithLabelValues(m.caller, m.service, instance)
	g.Set(0)
	return g
}

// forget removes what is kept per instance.
func (m *metrics) forget(instance string) {
	m.breakers.DeleteLabelValues(m.caller, m.service, instance)
}

// registered returns c, or what is registered in its place. Without a
// registry it is counted for nobody.
func registered[C prometheus.Collector](reg prometheus.Registerer, c C) (C, error) {
	if reg == nil {
		return c, nil
	}
	err := reg.Register(c)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing, nil
		}
	}
	return c, err
}
