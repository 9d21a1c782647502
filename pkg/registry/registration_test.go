package registry_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

const (
	here    = "127.0.0.1:9001"
	hereKey = "/todokit/services/user/a"
)

// stored returns the value and the lease of the key, zeros if it is not there.
func stored(t *testing.T, plain *clientv3.Client, key string) (string, clientv3.LeaseID) {
	t.Helper()
	got, err := plain.Get(t.Context(), key)
	if err != nil || len(got.Kvs) == 0 {
		return "", 0
	}
	return string(got.Kvs[0].Value), clientv3.LeaseID(got.Kvs[0].Lease)
}

func TestRegisteredAgainAfter(t *testing.T) {
	t.Parallel()
	type scene struct {
		*registrytest.Etcd
		link  *registrytest.Link
		plain *clientv3.Client
		reg   *registry.Registration
	}
	for name, happens := range map[string]func(*testing.T, scene, clientv3.LeaseID){
		"the lease was revoked": func(t *testing.T, s scene, lease clientv3.LeaseID) {
			if _, err := s.plain.Revoke(t.Context(), lease); err != nil {
				t.Fatal(err)
			}
		},
		"the key was deleted": func(t *testing.T, s scene, _ clientv3.LeaseID) {
			if _, err := s.plain.Delete(t.Context(), hereKey); err != nil {
				t.Fatal(err)
			}
		},
		"the key was overwritten": func(t *testing.T, s scene, _ clientv3.LeaseID) {
			if _, err := s.plain.Put(t.Context(), hereKey, "127.0.0.1:1"); err != nil {
				t.Fatal(err)
			}
		},
		"the store was wiped": func(_ *testing.T, s scene, _ clientv3.LeaseID) { s.Wipe() },
		"etcd was restarted": func(t *testing.T, s scene, _ clientv3.LeaseID) {
			s.Stop()
			registrytest.Await(t, "noticed", func() bool { return s.reg.Err() != nil })
			s.Resume()
		},
		"the connection broke": func(_ *testing.T, s scene, _ clientv3.LeaseID) { s.link.Break() },
		"the network was cut for longer than the lease lives": func(t *testing.T, s scene, _ clientv3.LeaseID) {
			gone := s.plain.Watch(t.Context(), hereKey, clientv3.WithFilterPut())
			s.link.Cut()
			if got := <-gone; got.Err() != nil || len(got.Events) != 1 {
				t.Fatalf("the lease did not run out: %v", got.Err())
			}
			s.link.Heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene{Etcd: registrytest.Start(t)}
			s.plain, s.link = s.Client(), registrytest.NewLink(t, s.Endpoint())
			s.reg = registrytest.Register(t, registrytest.NewClient(t, s.link.Endpoint(), shortLease), "user", "a", here)
			value, lease := stored(t, s.plain, hereKey)
			if value != here || lease == 0 {
				t.Fatalf("registered %q on lease %d", value, lease)
			}
			happens(t, s, lease)
			registrytest.Await(t, "registered again, and told so", func() bool {
				value, lease := stored(t, s.plain, hereKey)
				return value == here && lease != 0 && s.reg.Err() == nil && alive(t, s.plain, lease)
			})
			if !s.reg.Registered() {
				t.Error("not registered in its own eyes")
			}
		})
	}
}

// alive reports whether a lease is. etcd tells the rest of its life in whole
// seconds, rounded down, and -1 of one that is over.
func alive(t *testing.T, plain *clientv3.Client, lease clientv3.LeaseID) bool {
	t.Helper()
	got, err := plain.TimeToLive(t.Context(), lease)
	return err == nil && got.TTL >= 0
}

func TestRegisterWithoutEtcdWaitsInTheBackground(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Stopped(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	r, err := registry.Register(c, "user", "a", here)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Deregister()
	seen := observe(t, c, registry.Prefix("user"))
	if r.Registered() || r.Err() == nil {
		t.Error("registered in an etcd that does not run")
	}
	etcd.Resume()
	seen.await(t, here)
	registrytest.Await(t, "registered", r.Registered)
}

func TestDeregisterRemovesKeyAndLease(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	r := registrytest.Register(t, registrytest.NewClient(t, etcd.Endpoint()), "user", "a", here)
	plain := etcd.Client()
	r.Deregister()
	r.Deregister()
	if value, _ := stored(t, plain, hereKey); value != "" {
		t.Errorf("the key is still there: %q", value)
	}
	leases, err := plain.Leases(t.Context())
	if err != nil || len(leases.Leases) != 0 {
		t.Errorf("leases left: %v, %v", leases, err)
	}
	if r.Registered() || r.Err() == nil {
		t.Error("still registered in its own eyes")
	}
}

func TestDeregisterDoesNotWaitForEtcd(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	link := registrytest.NewLink(t, etcd.Endpoint())
	r := registrytest.Register(t, registrytest.NewClient(t, link.Endpoint()), "user", "a", here)
	link.Cut() // and never healed: the test ends, or hangs here
	r.Deregister()
}

func TestAnInstanceThatIsBackKeepsItsKeyWhenItsFormerLeaseEnds(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	plain := etcd.Client()
	former, err := plain.Grant(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Put(t.Context(), hereKey, here, clientv3.WithLease(former.ID)); err != nil {
		t.Fatal(err)
	}
	registrytest.Register(t, registrytest.NewClient(t, etcd.Endpoint()), "user", "a", here)
	if _, err := plain.Revoke(t.Context(), former.ID); err != nil {
		t.Fatal(err)
	}
	if value, _ := stored(t, plain, hereKey); value != here {
		t.Errorf("the key went with the former lease: %q", value)
	}
}

func TestRegisterRefusesWhatNobodyCouldUse(t *testing.T) {
	t.Parallel()
	c := registrytest.NewClient(t, "unix:///nowhere")
	for _, bad := range [][3]string{
		{"", "a", here}, {"user", "", here}, {"user/x", "a", here}, {"user", "a/b", here},
		{"user", "a", ""}, {"user", "a", "host"}, {"user", "a", "host:0"}, {"user", "a", ":9001"},
		{"user", "a", "0.0.0.0:9001"}, {"user", "a", "[::]:9001"}, {"user", "a", "unix:relative"}, {"user", "a", "host:port"},
	} {
		if r, err := registry.Register(c, bad[0], bad[1], bad[2]); err == nil {
			r.Deregister()
			t.Errorf("registered %q", bad)
		}
	}
	for _, s := range []struct {
		etcdv3.Service
		want error
	}{
		{etcdv3.Service{Value: here}, etcdv3.ErrNoKey},
		{etcdv3.Service{Key: hereKey}, etcdv3.ErrNoValue},
	} {
		if err := c.Register(s.Service); !errors.Is(err, s.want) {
			t.Errorf("got %v, want %v", err, s.want)
		}
	}
}

func TestAnOutageIsLoggedOnce(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	var lines atomic.Pointer[[]string]
	lines.Store(&[]string{})
	logger := log.LoggerFunc(func(kv ...any) error {
		for {
			old := lines.Load()
			more := append(slices.Clip(*old), message(kv))
			if lines.CompareAndSwap(old, &more) {
				return nil
			}
		}
	})
	c := registrytest.NewClient(t, etcd.Endpoint(), func(cfg *registry.Config) { cfg.Logger = logger })
	seen := observe(t, c, registry.Prefix("user"))
	r := registrytest.Register(t, c, "user", "a", here)
	seen.await(t, here)

	etcd.Stop()
	last := r.Err()
	for range 5 { // failed beats, each of which makes an error of its own
		registrytest.Await(t, "one more try", func() bool { return r.Err() != nil && r.Err() != last }) //nolint:errorlint // the very same one
		last = r.Err()
	}
	etcd.Resume()
	want := []string{
		"cannot follow etcd, keeping what is known", "cannot keep the registration, trying on",
		"following etcd again", "instances known", "registered", "registration kept again",
	}
	registrytest.Await(t, "all lines", func() bool { return len(*lines.Load()) >= len(want) })
	got := slices.Sorted(slices.Values(*lines.Load()))
	if !slices.Equal(got, want) {
		t.Errorf("logged:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func message(kv []any) string {
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == "msg" {
			return kv[i+1].(string)
		}
	}
	return ""
}
