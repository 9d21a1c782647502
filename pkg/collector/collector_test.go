package collector_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/collector"
)

func counter(labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, labels)
}

// otherType describes the same metric as the counter that it embeds.
type otherType struct{ *prometheus.CounterVec }

func TestRegister_SameMetricTwice_Shared(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	first, second := collector.Register(reg, counter("route")), collector.Register(reg, counter("route"))
	if first != second {
		t.Fatal("the second collector is another one")
	}
	first.WithLabelValues("/").Inc()
	second.WithLabelValues("/").Inc()
	if got := testutil.ToFloat64(first.WithLabelValues("/")); got != 2 {
		t.Errorf("counted %v, want 2", got)
	}
	if n, err := testutil.GatherAndCount(reg, "requests_total"); n != 1 || err != nil {
		t.Errorf("%d series, %v", n, err)
	}
}

func TestRegister_NoRegistry_ReturnsTheCollector(t *testing.T) {
	t.Parallel()
	c := counter("route")
	if collector.Register(nil, c) != c {
		t.Error("another collector was returned")
	}
}

func TestRegister_OtherLabelsOrType_Panics(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(prometheus.Registerer){
		"other labels": func(reg prometheus.Registerer) { collector.Register(reg, counter("method")) },
		"other type": func(reg prometheus.Registerer) {
			collector.Register(reg, otherType{counter("route")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := prometheus.NewRegistry()
			collector.Register(reg, counter("route"))
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			register(reg)
		})
	}
}
