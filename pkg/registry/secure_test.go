package registry_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	grpccredentials "google.golang.org/grpc/credentials"

	"todokit/pkg/registry"
	"todokit/pkg/registry/registrytest"
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
	cert, roots := selfSigned(t)
	address := terminateTLS(t, cert, etcd.Endpoint())
	withRoots := func(c *registry.Config) { c.Credentials = grpccredentials.NewClientTLSFromCert(roots, "") }

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

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, roots
}

// terminateTLS listens on a TCP port and passes on what it decrypts.
func terminateTLS(t *testing.T, cert tls.Certificate, endpoint string) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS13,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", strings.TrimPrefix(endpoint, "unix://"))
			if err != nil {
				_ = client.Close()
				continue
			}
			pipe := func(to, from net.Conn) {
				_, _ = io.Copy(to, from)
				_, _ = to.Close(), from.Close()
			}
			go pipe(client, server)
			go pipe(server, client)
		}
	}()
	return listener.Addr().String()
}
