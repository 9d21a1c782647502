package cache_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"todokit/pkg/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// note is what the tests keep.
type note struct {
	Title string
}

// codec knows one note that it cannot write, and refuses what it did not make.
type codec struct{}

func (codec) Marshal(n *note) ([]byte, error) {
	if n.Title == "unwritable" {
		return nil, errors.New("unwritable")
	}
	return json.Marshal(n)
}

func (codec) Unmarshal(b []byte) (*note, error) {
	n := &note{}
	return n, json.Unmarshal(b, n)
}

// options are those of a cache in this process.
func options(reg prometheus.Registerer) cache.Options[*note] {
	return cache.Options[*note]{
		Name: "note", Bytes: 1 << 20, Size: func(n *note) int { return len(n.Title) }, Codec: codec{}, Registerer: reg,
	}
}

func open(t *testing.T, o cache.Options[*note]) cache.Cache[*note] {
	t.Helper()
	c, err := cache.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return c
}

// value returns that of a metric, of the kind that a label says.
func value(t *testing.T, reg prometheus.Gatherer, name, kind string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() != name || labels["cache"] != "note" || labels["outcome"]+labels["reason"] != kind {
				continue
			}
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no %s of kind %q", name, kind)
	return 0
}
