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
	addressA = "127.0.0.1:9001"
	keyA     = "/todokit/services/user/a"
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

func TestRegistration_Lost_RegistersAgain(t *testing.T) {
	t.Parallel()
	type fixture struct {
		*registrytest.Etcd
		proxy *registrytest.Proxy
		plain *clientv3.Client
		reg   *registry.Registration
	}
	for name, breakIt := range map[string]func(*testing.T, fixture, clientv3.LeaseID){
		"lease revoked": func(t *testing.T, s fixture, lease clientv3.LeaseID) {
			if _, err := s.plain.Revoke(t.Context(), lease); err != nil {
				t.Fatal(err)
			}
		},
		"key deleted": func(t *testing.T, s fixture, _ clientv3.LeaseID) {
			if _, err := s.plain.Delete(t.Context(), keyA); err != nil {
				t.Fatal(err)
			}
		},
		"key overwritten": func(t *testing.T, s fixture, _ clientv3.LeaseID) {
			if _, err := s.plain.Put(t.Context(), keyA, "127.0.0.1:1"); err != nil {
				t.Fatal(err)
			}
		},
		"store wiped": func(_ *testing.T, s fixture, _ clientv3.LeaseID) { s.Wipe() },
		"etcd restarted": func(t *testing.T, s fixture, _ clientv3.LeaseID) {
			s.Stop()
			registrytest.Await(t, "noticed", func() bool { return s.reg.Err() != nil })
			s.Resume()
		},
		"connection broken": func(_ *testing.T, s fixture, _ clientv3.LeaseID) { s.proxy.Disconnect() },
		"partition longer than the lease": func(t *testing.T, s fixture, _ clientv3.LeaseID) {
			deleted := s.plain.Watch(t.Context(), keyA, clientv3.WithFilterPut())
			s.proxy.Partition()
			if got := <-deleted; got.Err() != nil || len(got.Events) != 1 {
				t.Fatalf("the lease did not run out: %v", got.Err())
			}
			s.proxy.Heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fixture{Etcd: registrytest.Start(t)}
			s.plain, s.proxy = s.Client(), registrytest.NewProxy(t, s.Endpoint())
			s.reg = registrytest.Register(t, registrytest.NewClient(t, s.proxy.Endpoint(), shortLease), "user", "a", addressA)
			value, lease := stored(t, s.plain, keyA)
			if value != addressA || lease == 0 {
				t.Fatalf("registered %q on lease %d", value, lease)
			}
			breakIt(t, s, lease)
			registrytest.Await(t, "registered again", func() bool {
				value, lease := stored(t, s.plain, keyA)
				return value == addressA && lease != 0 && s.reg.Err() == nil && alive(t, s.plain, lease)
			})
			if !s.reg.Registered() {
				t.Error("Registered is false")
			}
		})
	}
}

// alive reports whether a lease exists. etcd returns the time left in whole
// seconds, rounded down, and -1 for a lease that has ended.
func alive(t *testing.T, plain *clientv3.Client, lease clientv3.LeaseID) bool {
	t.Helper()
	got, err := plain.TimeToLive(t.Context(), lease)
	return err == nil && got.TTL >= 0
}

func TestRegister_EtcdDown_RegistersLater(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Stopped(t)
	c := registrytest.NewClient(t, etcd.Endpoint())
	r, err := registry.Register(c, "user", "a", addressA)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Deregister()
	seen := subscribe(t, c, registry.Prefix("user"))
	if r.Registered() || r.Err() == nil {
		t.Error("registered in an etcd that does not run")
	}
	etcd.Resume()
	seen.await(t, addressA)
	registrytest.Await(t, "registered", r.Registered)
}

func TestRegistration_Deregister_RemovesKeyAndLease(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	r := registrytest.Register(t, registrytest.NewClient(t, etcd.Endpoint()), "user", "a", addressA)
	plain := etcd.Client()
	r.Deregister()
	r.Deregister()
	if value, _ := stored(t, plain, keyA); value != "" {
		t.Errorf("the key is still there: %q", value)
	}
	leases, err := plain.Leases(t.Context())
	if err != nil || len(leases.Leases) != 0 {
		t.Errorf("leases left: %v, %v", leases, err)
	}
	if r.Registered() || r.Err() == nil {
		t.Error("Registered or Err did not change")
	}
}

func TestRegistration_DeregisterWithoutEtcd_Returns(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	proxy := registrytest.NewProxy(t, etcd.Endpoint())
	r := registrytest.Register(t, registrytest.NewClient(t, proxy.Endpoint()), "user", "a", addressA)
	proxy.Partition() // and never healed: without its time-out, the next call would not return
	r.Deregister()
}

func TestRegistration_KeyOnEarlierLease_SurvivesThatLease(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	plain := etcd.Client()
	earlier, err := plain.Grant(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Put(t.Context(), keyA, addressA, clientv3.WithLease(earlier.ID)); err != nil {
		t.Fatal(err)
	}
	registrytest.Register(t, registrytest.NewClient(t, etcd.Endpoint()), "user", "a", addressA)
	if _, err := plain.Revoke(t.Context(), earlier.ID); err != nil {
		t.Fatal(err)
	}
	if value, _ := stored(t, plain, keyA); value != addressA {
		t.Errorf("the key went with the earlier lease: %q", value)
	}
}

func TestRegister_InvalidArguments_Refused(t *testing.T) {
	t.Parallel()
	c := registrytest.NewClient(t, "unix:///nowhere")
	for _, bad := range [][3]string{
		{"", "a", addressA}, {"user", "", addressA}, {"user/x", "a", addressA}, {"user", "a/b", addressA},
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
		{etcdv3.Service{Value: addressA}, etcdv3.ErrNoKey},
		{etcdv3.Service{Key: keyA}, etcdv3.ErrNoValue},
	} {
		if err := c.Register(s.Service); !errors.Is(err, s.want) {
			t.Errorf("got %v, want %v", err, s.want)
		}
	}
}

func TestClient_EtcdOutage_LoggedOnce(t *testing.T) {
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
	seen := subscribe(t, c, registry.Prefix("user"))
	r := registrytest.Register(t, c, "user", "a", addressA)
	seen.await(t, addressA)

	etcd.Stop()
	last := r.Err()
	for range 5 { // failed heartbeats, each of which makes an error of its own
		registrytest.Await(t, "one more try", func() bool { return r.Err() != nil && r.Err() != last }) //nolint:errorlint // the very same one
		last = r.Err()
	}
	etcd.Resume()
	want := []string{
		"cannot keep the registration, retrying", "cannot watch etcd, keeping the known instances",
		"instances known", "registered", "registration renewed again", "watching etcd again",
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
