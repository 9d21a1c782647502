package rest

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics count and time requests by route template, never by path.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{
		requests: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "todokit_http_requests_total",
			Help: "Requests answered, by route template, method and status.",
		}, []string{"route", "method", "status"}),
		duration: promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
			Name:    "todokit_http_request_duration_seconds",
			Help:    "Time to answer a request, by route template and method.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"route", "method"}),
		inFlight: promauto.With(reg).NewGauge(prometheus.GaugeOpts{
			Name: "todokit_http_requests_in_flight",
			Help: "Requests that are being answered now.",
		}),
	}
}

// routeMetrics are those of one route. Looking an observer up by its labels
// costs six times what observing does, so each is kept once it was needed.
type routeMetrics struct {
	*metrics
	template string
	bound    sync.Map // outcome → *observers
}

type responseLabels struct {
	method string
	status int
}

type routeObservers struct {
	count    prometheus.Counter
	duration prometheus.Observer
}

func (m *metrics) route(template string) *routeMetrics {
	return &routeMetrics{metrics: m, template: template}
}

func (m *routeMetrics) observe(method string, status int, took time.Duration) {
	o := m.observersFor(responseLabels{method: method, status: status})
	o.count.Inc()
	o.duration.Observe(took.Seconds())
}

func (m *routeMetrics) observersFor(o responseLabels) *routeObservers {
	if kept, ok := m.bound.Load(o); ok {
		return kept.(*routeObservers)
	}
	made := &routeObservers{
		count:    m.requests.WithLabelValues(m.template, o.method, strconv.Itoa(o.status)),
		duration: m.duration.WithLabelValues(m.template, o.method),
	}
	m.bound.Store(o, made)
	return made
}

// methodLabel keeps invented methods from making time series and log lines.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "OTHER"
	}
}
