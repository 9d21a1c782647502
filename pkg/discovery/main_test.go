package discovery_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
	"go.uber.org/goleak"

	"todokit/pkg/discovery"
	"todokit/pkg/discovery/discoverytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client that ends with the test. Its leases do not run out
// while a busy machine holds the test up.
func newClient(t testing.TB, endpoint string, change ...func(*discovery.Config)) *discovery.Client {
	t.Helper()
	cfg := discovery.Config{Endpoints: []string{endpoint}, TTL: 30 * time.Second, Timeout: time.Second, Grace: time.Minute}
	for _, f := range change {
		f(&cfg)
	}
	c, err := discovery.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// shortLease is for tests in which a lease shall run out.
func shortLease(c *discovery.Config) { c.TTL = time.Second }

// register registers an instance and waits until it is.
func register(t testing.TB, c *discovery.Client, service, instance, address string) *discovery.Registration {
	t.Helper()
	r, err := discovery.Register(c, service, instance, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Deregister)
	defer func() {
		if t.Failed() {
			t.Log("not registered:", r.Err())
		}
	}()
	discoverytest.Await(t, "registered", func() bool { return r.Err() == nil })
	return r
}

// observer is a subscriber of go-kit's Instancer.
type observer struct {
	mu     sync.Mutex
	now    []string
	before [][]string
}

func observe(t *testing.T, c *discovery.Client, prefix string) *observer {
	t.Helper()
	instancer, err := etcdv3.NewInstancer(c, prefix, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{}
	events := make(chan sd.Event)
	var done sync.WaitGroup
	done.Go(func() {
		for e := range events {
			o.mu.Lock()
			o.before = append(o.before, o.now)
			o.now = e.Instances
			o.mu.Unlock()
		}
	})
	instancer.Register(events)
	t.Cleanup(func() {
		instancer.Deregister(events)
		close(events)
		done.Wait()
		instancer.Stop()
	})
	return o
}

// await waits until exactly these instances are known.
func (o *observer) await(t *testing.T, instances ...string) {
	t.Helper()
	slices.Sort(instances)
	discoverytest.Await(t, "instances known", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return slices.Equal(o.now, instances)
	})
}

// forget starts the history anew.
func (o *observer) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.before = nil
}

// missed reports whether the instance was unknown for a moment.
func (o *observer) missed(instance string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(append(o.before, o.now), func(s []string) bool { return !slices.Contains(s, instance) })
}
