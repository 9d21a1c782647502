package registry_test

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

const (
	addressB = "unix:///run/b.sock"
	keyB     = "/todokit/services/user/b"
)

// put does what an instance that registers does.
func put(t *testing.T, plain *clientv3.Client, key, value string) {
	t.Helper()
	if _, err := plain.Put(t.Context(), key, value); err != nil {
		t.Fatal(err)
	}
}

// deregister does what an instance that deregisters does.
func deregister(t *testing.T, plain *clientv3.Client, key string) {
	t.Helper()
	put(t, plain, key, "")
	deleteKey(t, plain, key)
}

// deleteKey does what a lease that runs out does.
func deleteKey(t *testing.T, plain *clientv3.Client, key string) {
	t.Helper()
	if _, err := plain.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

func TestInstancer_InstancesChange_Published(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	seen := subscribe(t, c, registry.Prefix("user"))
	seen.await(t)
	a := registrytest.Register(t, c, "user", "a", addressA)
	seen.await(t, addressA)
	b := registrytest.Register(t, c, "user", "b", addressB)
	seen.await(t, addressA, addressB)
	a.Deregister()
	seen.await(t, addressB)
	b.Deregister()
	seen.await(t)
}

func TestInstancer_NameIsPrefixOfAnotherService_Separate(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c, plain := registrytest.NewClient(t, etcd.Endpoint()), etcd.Client()
	put(t, plain, "/todokit/services/user-admin/x", "127.0.0.1:6666")
	put(t, plain, keyA, addressA)
	for _, prefix := range []string{"/todokit/services/user/", "/todokit/services/user"} {
		seen := subscribe(t, c, prefix)
		seen.await(t, addressA)
		put(t, plain, "/todokit/services/user-admin/y", "127.0.0.1:6667")
		put(t, plain, keyB, addressB) // would be seen after that of the other service
		seen.await(t, addressA, addressB)
		deregister(t, plain, keyB)
		seen.await(t, addressA)
	}
}

func TestInstancer_DuplicateAndInvalidAddresses_Dropped(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c, plain := registrytest.NewClient(t, etcd.Endpoint()), etcd.Client()
	seen := subscribe(t, c, registry.Prefix("user"))
	put(t, plain, keyA, addressA)
	put(t, plain, "/todokit/services/user/earlier-a", addressA)
	put(t, plain, "/todokit/services/user/c", "invalid")
	put(t, plain, keyB, addressB)
	seen.await(t, addressA, addressB)
	deregister(t, plain, "/todokit/services/user/earlier-a")
	put(t, plain, keyB, "still invalid")
	seen.await(t, addressA)
}

func TestInstancer_EtcdDown_KeepsInstances(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	own := registrytest.Register(t, c, "user", "a", addressA)
	put(t, etcd.Client(), keyB, addressB)
	seen := subscribe(t, c, registry.Prefix("user"))
	seen.await(t, addressA, addressB)
	seen.resetHistory()

	etcd.Stop()
	registrytest.Await(t, "noticed", func() bool { return own.Err() != nil })
	known, err := c.GetEntries(registry.Prefix("user"))
	if err != nil || len(known) != 2 {
		t.Errorf("known while etcd is away: %v, %v", known, err)
	}
	etcd.Wipe()
	registrytest.Await(t, "registered again", func() bool { return own.Err() == nil })
	put(t, etcd.Client(), "/todokit/services/user/c", "127.0.0.1:9003")
	seen.await(t, addressA, addressB, "127.0.0.1:9003") // b is in its grace period, which is long here
	if seen.wasMissing(addressA) || seen.wasMissing(addressB) {
		t.Errorf("missing for a moment: %v", seen.before)
	}
}

func TestInstancer_KeyMissing_KeptForGracePeriod(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	plain := etcd.Client()
	put(t, plain, keyA, addressA)
	put(t, plain, keyB, addressB)
	lenient := subscribe(t, registrytest.NewClient(t, etcd.Endpoint()), registry.Prefix("user"))
	strict := subscribe(t, registrytest.NewClient(t, etcd.Endpoint(), func(cfg *registry.Config) {
		cfg.Grace = 50 * time.Millisecond
	}), registry.Prefix("user"))
	lenient.await(t, addressA, addressB)
	lenient.resetHistory()
	deleteKey(t, plain, keyB)
	strict.await(t, addressA)
	put(t, plain, keyB, addressB)
	strict.await(t, addressA, addressB)
	etcd.Wipe()
	put(t, plain, keyA, addressA)
	strict.await(t, addressA)
	put(t, plain, "/todokit/services/user/c", "127.0.0.1:9003")
	lenient.await(t, addressA, addressB, "127.0.0.1:9003")
	if lenient.wasMissing(addressA) || lenient.wasMissing(addressB) {
		t.Errorf("missing for a moment: %v", lenient.before)
	}
}

func TestInstancer_LeaseExpiredInPartition_KeepsInstance(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	proxy, plain := registrytest.NewProxy(t, etcd.Endpoint()), etcd.Client()
	c := registrytest.NewClient(t, proxy.Endpoint(), shortLease)
	own := registrytest.Register(t, c, "user", "a", addressA)
	seen := subscribe(t, c, registry.Prefix("user"))
	seen.await(t, addressA)
	seen.resetHistory()
	deleted := plain.Watch(t.Context(), keyA, clientv3.WithFilterPut())
	proxy.Partition()
	if got := <-deleted; got.Err() != nil || len(got.Events) != 1 {
		t.Fatalf("the lease did not run out: %v", got.Err())
	}
	proxy.Heal() // the watch was not broken, and reports that the key is gone
	registrytest.Await(t, "registered again", func() bool {
		value, _ := stored(t, plain, keyA)
		return value == addressA && own.Err() == nil
	})
	put(t, plain, keyB, addressB)
	seen.await(t, addressA, addressB)
	if seen.wasMissing(addressA) {
		t.Errorf("missing for a moment: %v", seen.before)
	}
}

func TestInstancer_WatchBroken_WatchesAgain(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*testing.T, *registrytest.Etcd, *registrytest.Proxy){
		"connection broken": func(_ *testing.T, _ *registrytest.Etcd, p *registrytest.Proxy) { p.Disconnect() },
		"etcd restarted": func(_ *testing.T, e *registrytest.Etcd, _ *registrytest.Proxy) {
			e.Stop()
			e.Resume()
		},
		"store wiped": func(_ *testing.T, e *registrytest.Etcd, _ *registrytest.Proxy) { e.Wipe() },
		"compacted while disconnected": func(t *testing.T, e *registrytest.Etcd, p *registrytest.Proxy) {
			p.Partition()
			p.Disconnect()
			plain := e.Client()
			put(t, plain, keyB, "127.0.0.1:1")
			deregister(t, plain, keyB)
			got, err := plain.Put(t.Context(), "/other", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plain.Compact(t.Context(), got.Header.Revision); err != nil {
				t.Fatal(err)
			}
			p.Heal()
		},
		"partition": func(t *testing.T, e *registrytest.Etcd, p *registrytest.Proxy) {
			p.Partition()
			put(t, e.Client(), "/other", "")
			p.Heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			etcd := registrytest.Start(t)
			proxy := registrytest.NewProxy(t, etcd.Endpoint())
			c := registrytest.NewClient(t, proxy.Endpoint())
			for i := range 5 { // so that a wiped store has a lower revision
				put(t, etcd.Client(), keyA, []string{"127.0.0.1:1", addressA}[i%2])
			}
			put(t, etcd.Client(), keyA, addressA)
			seen := subscribe(t, c, registry.Prefix("user"))
			seen.await(t, addressA)
			breakIt(t, etcd, proxy)
			put(t, etcd.Client(), keyB, addressB)
			seen.await(t, addressA, addressB)
			deregister(t, etcd.Client(), keyB)
			seen.await(t, addressA)
		})
	}
}

func TestInstancer_Relist_KeepsInstances(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint(), func(cfg *registry.Config) {
		cfg.Refresh = time.Millisecond
		cfg.Grace = time.Millisecond // for a deregistration between two watches
	})
	plain := etcd.Client()
	put(t, plain, keyA, addressA)
	seen := subscribe(t, c, registry.Prefix("user"))
	seen.await(t, addressA)
	seen.resetHistory()
	for range 50 {
		put(t, plain, keyB, addressB)
		seen.await(t, addressA, addressB)
		deregister(t, plain, keyB)
		seen.await(t, addressA)
	}
	if seen.wasMissing(addressA) {
		t.Error("a list dropped an instance")
	}
}

func TestClient_Closed_KnowsNoInstance(t *testing.T) {
	t.Parallel()
	c := registrytest.NewClient(t, "unix:///nowhere/etcd.sock")
	c.Close()
	if known, err := c.GetEntries("/x/"); err != nil || len(known) != 0 {
		t.Errorf("got %v, %v", known, err)
	}
	c.WatchPrefix("/x/", make(chan struct{}))
	if r, err := registry.Register(c, "user", "a", addressA); err == nil {
		r.Deregister()
	}
}

func TestNewClient_InvalidConfig_Refused(t *testing.T) {
	t.Parallel()
	for _, bad := range []registry.Config{
		{},
		{Endpoints: []string{"x:1"}, Username: "u"},
		{Endpoints: []string{"x:1"}, Password: "p"},
	} {
		if _, err := registry.NewClient(bad); err == nil {
			t.Errorf("accepted %d endpoints, user %q", len(bad.Endpoints), bad.Username)
		}
	}
}
