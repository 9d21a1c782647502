package registry_test

import (
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
	"todokit/pkg/tlsconfig"
	"todokit/pkg/tlsconfig/tlsconfigtest"
)

func TestClient_PasswordRequired_RetriesUntilAccepted(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	requirePassword(t, etcd.Client())
	etcd.Stop()

	// A client with a password must not wait for etcd either.
	right := registrytest.NewClient(t, etcd.Endpoint(), credentials("svc", "secret"))
	wrong := registrytest.NewClient(t, etcd.Endpoint(), credentials("svc", "guess"))
	seen := subscribe(t, right, registry.Prefix("user"))
	refused, err := registry.Register(wrong, "user", "b", addressB)
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Deregister()
	etcd.Resume()

	registrytest.Register(t, right, "user", "a", addressA)
	seen.await(t, addressA)
	registrytest.Await(t, "refused", func() bool {
		return strings.Contains(refused.Err().Error(), "authentication failed")
	})
	if strings.Contains(refused.Err().Error(), "guess") {
		t.Error("the error contains the password")
	}

	etcd.Stop() // forgets the tokens it issued
	etcd.Resume()
	registrytest.Register(t, right, "user", "c", "127.0.0.1:9003")
	seen.await(t, addressA, "127.0.0.1:9003")
}

func credentials(user, password string) func(*registry.Config) {
	return func(c *registry.Config) { c.Username, c.Password = user, password }
}

// requirePassword enables authentication, with the permissions that a service
// needs for "svc".
func requirePassword(t *testing.T, plain *clientv3.Client) {
	t.Helper()
	ctx := t.Context()
	steps := []func() error{
		func() error { _, err := plain.UserAdd(ctx, "root", "root"); return err },
		func() error { _, err := plain.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := plain.RoleAdd(ctx, "services"); return err },
		func() error {
			prefix := "/todokit/services/"
			_, err := plain.RoleGrantPermission(ctx, "services", prefix, clientv3.GetPrefixRangeEnd(prefix), clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func() error { _, err := plain.UserAdd(ctx, "svc", "secret"); return err },
		func() error { _, err := plain.UserGrantRole(ctx, "svc", "services"); return err },
		func() error { _, err := plain.AuthEnable(ctx); return err },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}

func TestClient_TLS_VerifiesCertificate(t *testing.T) {
	t.Parallel()
	etcd := registrytest.Start(t)
	dir := t.TempDir()
	authority := tlsconfigtest.NewAuthority(t, dir)
	files := authority.TLS(t, dir, "etcd")
	server, err := tlsconfig.ServerConfig{CertFile: files.CertFile, KeyFile: files.KeyFile}.Server()
	if err != nil {
		t.Fatal(err)
	}
	server.NextProtos = []string{"h2"}
	address := tlsconfigtest.Terminate(t, server, strings.TrimPrefix(etcd.Endpoint(), "unix://"))
	creds, err := tlsconfig.Config{CAFile: authority.CAFile}.ClientCredentials()
	if err != nil {
		t.Fatal(err)
	}
	withRoots := func(c *registry.Config) { c.Credentials = creds }

	for _, endpoint := range []string{"https://" + address, address} {
		c := registrytest.NewClient(t, endpoint, withRoots)
		r := registrytest.Register(t, c, "user", "a", addressA)
		subscribe(t, c, registry.Prefix("user")).await(t, addressA)
		r.Deregister()
	}
	untrusting, err := registry.Register(registrytest.NewClient(t, "https://"+address), "user", "b", addressB)
	if err != nil {
		t.Fatal(err)
	}
	defer untrusting.Deregister()
	registrytest.Await(t, "refused", func() bool { return strings.Contains(untrusting.Err().Error(), "certificate") })
}
