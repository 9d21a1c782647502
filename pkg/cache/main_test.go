package cache_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

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

// keep puts a value until it is there, since one may be lost at any time.
func keep(t *testing.T, c cache.Cache[*note], key string, n *note) {
	t.Helper()
	await(t, "kept", func() bool {
		c.Put(t.Context(), key, n)
		got, ok := c.Get(t.Context(), key)
		if ok && *got != *n {
			t.Fatalf("%q: %v, want %v", key, got, n)
		}
		return ok
	})
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

// await waits until done reports true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second) // far more than anything takes
	for !done() {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// lines is a log to look into.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) count(part string) int { return strings.Count(l.String(), part) }
