package registrytest_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
)

// cluster is an etcd of three members, each at a loopback address of its own,
// so that their ports are free.
type cluster []member

type member struct {
	*embed.Etcd
	stop func() // once
}

func startCluster(t *testing.T) cluster {
	t.Helper()
	network := fmt.Sprintf("127.%d.%d", 1+rand.N(250), rand.N(250))
	var peers []string
	for n := range 3 {
		peers = append(peers, fmt.Sprintf("m%d=http://%s.%d:23800", n, network, n+1))
	}
	c := make(cluster, 3)
	for n := range c {
		cfg := embed.NewConfig()
		cfg.Name, cfg.Dir = fmt.Sprintf("m%d", n), t.TempDir()
		cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
		cfg.UnsafeNoFsync = true
		cfg.TickMs, cfg.ElectionMs = 50, 500
		cfg.ListenPeerUrls = []url.URL{{Scheme: "http", Host: fmt.Sprintf("%s.%d:23800", network, n+1)}}
		cfg.ListenClientUrls = []url.URL{{Scheme: "http", Host: fmt.Sprintf("%s.%d:23790", network, n+1)}}
		cfg.AdvertisePeerUrls, cfg.AdvertiseClientUrls = cfg.ListenPeerUrls, cfg.ListenClientUrls
		cfg.InitialCluster = strings.Join(peers, ",")
		etcd, err := embed.StartEtcd(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c[n] = member{etcd, sync.OnceFunc(etcd.Close)}
		t.Cleanup(c[n].stop)
	}
	for _, m := range c {
		<-m.Server.ReadyNotify()
	}
	return c
}

func (c cluster) endpoints() []string {
	var all []string
	for _, m := range c {
		all = append(all, m.Config().ListenClientUrls[0].Host)
	}
	return all
}

// leader waits until there is one.
func (c cluster) leader(t *testing.T) (leader member) {
	t.Helper()
	registrytest.Await(t, "a leader", func() bool {
		for _, m := range c {
			if m.Server.Leader() == m.Server.MemberID() {
				leader = m
			}
		}
		return leader.Etcd != nil
	})
	return leader
}

// TestClient_LeaderChangesOrDies_Unaffected is not in package registry, because
// the members of an etcd cluster leak goroutines, and the tests there look for
// leaks.
func TestClient_LeaderChangesOrDies_Unaffected(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	client, err := registry.NewClient(registry.Config{Endpoints: c.endpoints(), TTL: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	known := func(addresses ...string) func() bool {
		return func() bool {
			entries, err := client.GetEntries(registry.Prefix("user"))
			slices.Sort(entries)
			return err == nil && slices.Equal(entries, addresses)
		}
	}
	kept := registrytest.Register(t, client, "user", "a", "127.0.0.1:9001")
	registrytest.Await(t, "the first instance", known("127.0.0.1:9001"))

	first := c.leader(t)
	next := c[0]
	if next.Etcd == first.Etcd {
		next = c[1]
	}
	if err := first.Server.MoveLeader(t.Context(), uint64(first.Server.MemberID()), uint64(next.Server.MemberID())); err != nil {
		t.Fatal(err)
	}
	registrytest.Register(t, client, "user", "b", "127.0.0.1:9002")
	registrytest.Await(t, "the second instance", known("127.0.0.1:9001", "127.0.0.1:9002"))

	var stopping sync.WaitGroup
	defer stopping.Wait()
	stopping.Go(next.stop) // which waits for a while for open connections
	registrytest.Register(t, client, "user", "c", "127.0.0.1:9003")
	registrytest.Await(t, "the third instance", known("127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003"))
	registrytest.Await(t, "the first instance still registered", func() bool { return kept.Registered() && kept.Err() == nil })
}
