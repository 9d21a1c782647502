package registry_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
	"go.uber.org/goleak"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shortLease is for tests in which a lease shall run out.
func shortLease(c *registry.Config) { c.TTL = time.Second }

// observer is a subscriber of go-kit's Instancer.
type observer struct {
	mu     sync.Mutex
	now    []string
	before [][]string
}

func observe(t *testing.T, c *registry.Client, prefix string) *observer {
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
	registrytest.Await(t, "instances known", func() bool {
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
