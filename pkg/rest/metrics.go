package rest

import (
	"net/http"
	"strconv"
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

func (m *metrics) observe(template, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(template, method, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(template, method).Observe(took.Seconds())
}

// methodLabel keeps unknown methods from making time series and log lines of
// their own.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "OTHER"
	}
}
