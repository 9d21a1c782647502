package middleware

import (
	"context"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/collector"
	"todokit/pkg/errs"
)

// Side says which side of a call is measured.
type Side string

// The two sides.
const (
	Server Side = "server" // the service
	Client Side = "client" // its caller: with the network, and all attempts
)

// OK is the code of a call without an error.
const OK = "OK"

// Metrics counts calls by their errs code and observes how long they take. It
// may be made more than once for a side and service, which are labels.
func Metrics(reg prometheus.Registerer, side Side, service string) Factory {
	labels := prometheus.Labels{"side": string(side), "service": service}
	reg = prometheus.WrapRegistererWith(labels, reg)
	calls := collector.Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_endpoint_calls_total",
		Help: "Calls of endpoints, by method and error code (OK: none).",
	}, []string{"method", "code"}))
	durations := collector.Register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "todokit_endpoint_call_duration_seconds",
		Help:    "How long calls of endpoints took.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
	}, []string{"method"}))
	return func(method string) endpoint.Middleware {
		duration := durations.WithLabelValues(method)
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			return func(ctx context.Context, request any) (any, error) {
				begin := time.Now()
				response, err := next(ctx, request)
				duration.Observe(time.Since(begin).Seconds())
				calls.WithLabelValues(method, codeOf(err)).Inc()
				return response, err
			}
		}
	}
}

// codeOf returns the stable code of an error.
func codeOf(err error) string {
	if err == nil {
		return OK
	}
	return errs.From(err).Code
}
