package registry_test

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

const (
	there    = "unix:///run/b.sock"
	thereKey = "/todokit/services/user/b"
)

// put stands for a process that registers.
func put(t *testing.T, plain *clientv3.Client, key, value string) {
	t.Helper()
	if _, err := plain.Put(t.Context(), key, value); err != nil {
		t.Fatal(err)
	}
}

// leave stands for a process that deregisters.
func leave(t *testing.T, plain *clientv3.Client, key string) {
	t.Helper()
	put(t, plain, key, "")
	remove(t, plain, key)
}

// remove stands for a lease that runs out.
func remove(t *testing.T, plain *clientv3.Client, key string) {
	t.Helper()
	if _, err := plain.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	seen := observe(t, c, registry.Prefix("user"))
	seen.await(t)
	a := registrytest.Register(t, c, "user", "a", here)
	seen.await(t, here)
	b := registrytest.Register(t, c, "user", "b", there)
	seen.await(t, here, there)
	a.Deregister()
	seen.await(t, there)
	b.Deregister()
	seen.await(t)
}

func TestAServiceIsNotItsNamesake(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c, plain := registrytest.NewClient(t, etcd.Endpoint()), etcd.Client()
	put(t, plain, "/todokit/services/user-admin/x", "127.0.0.1:6666")
	put(t, plain, hereKey, here)
	for _, prefix := range []string{"/todokit/services/user/", "/todokit/services/user"} {
		seen := observe(t, c, prefix)
		seen.await(t, here)
		put(t, plain, "/todokit/services/user-admin/y", "127.0.0.1:6667")
		put(t, plain, thereKey, there) // would be seen after that of the namesake
		seen.await(t, here, there)
		leave(t, plain, thereKey)
		seen.await(t, here)
	}
}

func TestAnAddressCountsOnceAndNonsenseNever(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c, plain := registrytest.NewClient(t, etcd.Endpoint()), etcd.Client()
	seen := observe(t, c, registry.Prefix("user"))
	put(t, plain, hereKey, here)
	put(t, plain, "/todokit/services/user/former-a", here)
	put(t, plain, "/todokit/services/user/c", "nonsense")
	put(t, plain, thereKey, there)
	seen.await(t, here, there)
	leave(t, plain, "/todokit/services/user/former-a")
	put(t, plain, thereKey, "more nonsense")
	seen.await(t, here)
}

func TestKnownInstancesStayWhileEtcdIsAway(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	mine := registrytest.Register(t, c, "user", "a", here)
	put(t, etcd.Client(), thereKey, there)
	seen := observe(t, c, registry.Prefix("user"))
	seen.await(t, here, there)
	seen.forget()

	etcd.Stop()
	registrytest.Await(t, "noticed", func() bool { return mine.Err() != nil })
	known, err := c.GetEntries(registry.Prefix("user"))
	if err != nil || len(known) != 2 {
		t.Errorf("known while etcd is away: %v, %v", known, err)
	}
	etcd.Wipe()
	registrytest.Await(t, "registered again", func() bool { return mine.Err() == nil })
	put(t, etcd.Client(), "/todokit/services/user/c", "127.0.0.1:9003")
	seen.await(t, here, there, "127.0.0.1:9003") // b has its time of grace, which is long here
	if seen.missed(here) || seen.missed(there) {
		t.Errorf("forgotten for a moment: %v", seen.before)
	}
}

func TestAnInstanceThatIsOnlyMissingHasATimeOfGrace(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	plain := etcd.Client()
	put(t, plain, hereKey, here)
	put(t, plain, thereKey, there)
	patient := observe(t, registrytest.NewClient(t, etcd.Endpoint()), registry.Prefix("user"))
	hasty := observe(t, registrytest.NewClient(t, etcd.Endpoint(), func(cfg *registry.Config) {
		cfg.Grace = 50 * time.Millisecond
	}), registry.Prefix("user"))
	patient.await(t, here, there)
	patient.forget()
	remove(t, plain, thereKey)
	hasty.await(t, here)
	put(t, plain, thereKey, there)
	hasty.await(t, here, there)
	etcd.Wipe()
	put(t, plain, hereKey, here)
	hasty.await(t, here)
	put(t, plain, "/todokit/services/user/c", "127.0.0.1:9003")
	patient.await(t, here, there, "127.0.0.1:9003")
	if patient.missed(here) || patient.missed(there) {
		t.Errorf("forgotten for a moment: %v", patient.before)
	}
}

func TestLeasesThatRanOutWhileTheNetworkWasCutAreNotMissed(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	link, plain := registrytest.NewLink(t, etcd.Endpoint()), etcd.Client()
	c := registrytest.NewClient(t, link.Endpoint(), shortLease)
	mine := registrytest.Register(t, c, "user", "a", here)
	seen := observe(t, c, registry.Prefix("user"))
	seen.await(t, here)
	seen.forget()
	gone := plain.Watch(t.Context(), hereKey, clientv3.WithFilterPut())
	link.Cut()
	if got := <-gone; got.Err() != nil || len(got.Events) != 1 {
		t.Fatalf("the lease did not run out: %v", got.Err())
	}
	link.Heal() // the watch was not broken, and tells that the key is gone
	registrytest.Await(t, "registered again", func() bool {
		value, _ := stored(t, plain, hereKey)
		return value == here && mine.Err() == nil
	})
	put(t, plain, thereKey, there)
	seen.await(t, here, there)
	if seen.missed(here) {
		t.Errorf("forgotten for a moment: %v", seen.before)
	}
}

func TestFollowsAgainAfter(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(*testing.T, *registrytest.Etcd, *registrytest.Link){
		"a broken connection": func(_ *testing.T, _ *registrytest.Etcd, l *registrytest.Link) { l.Break() },
		"a restart of etcd": func(_ *testing.T, e *registrytest.Etcd, _ *registrytest.Link) {
			e.Stop()
			e.Resume()
		},
		"a wiped store": func(_ *testing.T, e *registrytest.Etcd, _ *registrytest.Link) { e.Wipe() },
		"a compaction while disconnected": func(t *testing.T, e *registrytest.Etcd, l *registrytest.Link) {
			l.Cut()
			l.Break()
			plain := e.Client()
			put(t, plain, thereKey, "127.0.0.1:1")
			leave(t, plain, thereKey)
			got, err := plain.Put(t.Context(), "/other", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plain.Compact(t.Context(), got.Header.Revision); err != nil {
				t.Fatal(err)
			}
			l.Heal()
		},
		"a silent cut": func(t *testing.T, e *registrytest.Etcd, l *registrytest.Link) {
			l.Cut()
			put(t, e.Client(), "/other", "")
			l.Heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			etcd := registrytest.Start(t)
			link := registrytest.NewLink(t, etcd.Endpoint())
			c := registrytest.NewClient(t, link.Endpoint())
			for i := range 5 { // so that a wiped store has a lower revision
				put(t, etcd.Client(), hereKey, []string{"127.0.0.1:1", here}[i%2])
			}
			put(t, etcd.Client(), hereKey, here)
			seen := observe(t, c, registry.Prefix("user"))
			seen.await(t, here)
			happens(t, etcd, link)
			put(t, etcd.Client(), thereKey, there)
			seen.await(t, here, there)
			leave(t, etcd.Client(), thereKey)
			seen.await(t, here)
		})
	}
}

func TestRefreshDropsNothing(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	c := registrytest.NewClient(t, etcd.Endpoint(), func(cfg *registry.Config) {
		cfg.Refresh = time.Millisecond
		cfg.Grace = time.Millisecond // for a goodbye that falls between two rounds
	})
	plain := etcd.Client()
	put(t, plain, hereKey, here)
	seen := observe(t, c, registry.Prefix("user"))
	seen.await(t, here)
	seen.forget()
	for range 50 {
		put(t, plain, thereKey, there)
		seen.await(t, here, there)
		leave(t, plain, thereKey)
		seen.await(t, here)
	}
	if seen.missed(here) {
		t.Error("a refresh forgot an instance")
	}
}

func TestAClosedClientReturns(t *testing.T) {
	t.Parallel()
	c := registrytest.NewClient(t, "unix:///nowhere/etcd.sock")
	c.Close()
	if known, err := c.GetEntries("/x/"); err != nil || len(known) != 0 {
		t.Errorf("got %v, %v", known, err)
	}
	c.WatchPrefix("/x/", make(chan struct{}))
	if r, err := registry.Register(c, "user", "a", here); err == nil {
		r.Deregister()
	}
}

func TestConfigIsChecked(t *testing.T) {
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
