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

// shortLease is for tests in which a lease must run out.
func shortLease(c *registry.Config) { c.TTL = time.Second }

// subscriber is one of go-kit's Instancer, and keeps what it was told.
type subscriber struct {
	mu     sync.Mutex
	now    []string
	before [][]string
}

func subscribe(t *testing.T, c *registry.Client, prefix string) *subscriber {
	t.Helper()
	instancer, err := etcdv3.NewInstancer(c, prefix, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{}
	events := make(chan sd.Event)
	var done sync.WaitGroup
	done.Go(func() {
		for e := range events {
			s.mu.Lock()
			s.before = append(s.before, s.now)
			s.now = e.Instances
			s.mu.Unlock()
		}
	})
	instancer.Register(events)
	t.Cleanup(func() {
		instancer.Deregister(events)
		close(events)
		done.Wait()
		instancer.Stop()
	})
	return s
}

// await waits until exactly these instances are known.
func (s *subscriber) await(t *testing.T, instances ...string) {
	t.Helper()
	slices.Sort(instances)
	registrytest.Await(t, "instances known", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.Equal(s.now, instances)
	})
}

// resetHistory drops the history.
func (s *subscriber) resetHistory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = nil
}

// wasMissing reports whether the instance was unknown for a moment.
func (s *subscriber) wasMissing(instance string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(append(s.before, s.now), func(known []string) bool { return !slices.Contains(known, instance) })
}
