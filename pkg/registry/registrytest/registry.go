package registrytest

import (
	"testing"
	"time"

	"todokit/pkg/registry"
)

// NewClient makes a client that ends with the test. Its leases do not run out
// while a busy machine holds the test up.
func NewClient(t testing.TB, endpoint string, change ...func(*registry.Config)) *registry.Client {
	t.Helper()
	cfg := registry.Config{Endpoints: []string{endpoint}, TTL: 30 * time.Second, Timeout: time.Second, Grace: time.Minute}
	for _, f := range change {
		f(&cfg)
	}
	c, err := registry.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Register registers an instance, until the test ends, and waits until it is.
func Register(t testing.TB, c *registry.Client, service, instance, address string) *registry.Registration {
	t.Helper()
	r, err := registry.Register(c, service, instance, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Deregister)
	defer func() {
		if t.Failed() {
			t.Log("not registered:", r.Err())
		}
	}()
	Await(t, "registered", func() bool { return r.Err() == nil })
	return r
}
