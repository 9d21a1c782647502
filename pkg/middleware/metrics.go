package middleware

import (
	"context"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/collector"
	"todokit/pkg/errs"
)

// Side says from where a call is seen.
type Side string

// The two sides.
const (
	Server Side = "server" // by who answers it
	Client Side = "client" // by who makes it: with the network, and all attempts
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
		o := newObserver(method, calls, durations)
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			return func(ctx context.Context, request any) (any, error) {
				begin := time.Now()
				response, err := next(ctx, request)
				o.observe(time.Since(begin), err)
				return response, err
			}
		}
	}
}

// observer holds what belongs to one method: to look it up by its labels at
// each call would cost six times as much as to observe.
type observer struct {
	duration prometheus.Observer
	calls    *prometheus.CounterVec // of this method, by code
	ok       prometheus.Counter
	byCode   sync.Map // code → prometheus.Counter
}

func newObserver(method string, calls *prometheus.CounterVec, durations *prometheus.HistogramVec) *observer {
	ofMethod := calls.MustCurryWith(prometheus.Labels{"method": method})
	return &observer{duration: durations.WithLabelValues(method), calls: ofMethod, ok: ofMethod.WithLabelValues(OK)}
}

func (o *observer) observe(took time.Duration, err error) {
	o.duration.Observe(took.Seconds())
	if err == nil {
		o.ok.Inc()
		return
	}
	o.counter(codeOf(err)).Inc()
}

func (o *observer) counter(code string) prometheus.Counter {
	c, ok := o.byCode.Load(code)
	if !ok {
		c, _ = o.byCode.LoadOrStore(code, o.calls.WithLabelValues(code))
	}
	return c.(prometheus.Counter)
}

// codeOf returns the stable code of an error.
func codeOf(err error) string {
	if err == nil {
		return OK
	}
	return errs.From(err).Code
}
