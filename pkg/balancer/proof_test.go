package balancer_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/errs"
	"todokit/pkg/registry/registrytest"
)

// checkMany makes calls at the same time, which all must succeed.
func checkMany(t *testing.T, health healthv1.HealthClient, calls int) {
	t.Helper()
	var callers sync.WaitGroup
	for range calls {
		callers.Go(func() { check(t, health) })
	}
	callers.Wait()
}

// notFound is a web server, such as a gateway.
func notFound(l net.Listener, protocols *http.Protocols) func() {
	s := &http.Server{Handler: http.NotFoundHandler(), Protocols: protocols, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return func() { _ = s.Close() }
}

// answering accepts connections, and does something with each.
func answering(l net.Listener, do func(net.Conn)) func() {
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			do(c)
		}
	})
	return func() {
		_ = l.Close()
		open.Wait()
	}
}

func TestConn_NotTheService_GetsNoCallAndIsNamedOnce(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(t *testing.T, l net.Listener) (stop func()){
		"a gRPC server of nothing": func(_ *testing.T, l net.Listener) func() {
			s := grpc.NewServer()
			go func() { _ = s.Serve(l) }()
			return s.Stop
		},
		"a gRPC server that demands TLS": func(_ *testing.T, l net.Listener) func() {
			s := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13})))
			healthv1.RegisterHealthServer(s, &server{})
			go func() { _ = s.Serve(l) }()
			return s.Stop
		},
		"a web server, HTTP 1": func(_ *testing.T, l net.Listener) func() { return notFound(l, nil) },
		"a web server, HTTP 2": func(_ *testing.T, l net.Listener) func() {
			p := new(http.Protocols)
			p.SetUnencryptedHTTP2(true)
			return notFound(l, p)
		},
		"a server that hangs up": func(_ *testing.T, l net.Listener) func() {
			return answering(l, func(c net.Conn) { _ = c.Close() })
		},
		"a server that says something else": func(_ *testing.T, l net.Listener) func() {
			return answering(l, func(c net.Conn) {
				_, _ = c.Write([]byte("220 mail.example.com ESMTP\r\n"))
				_ = c.Close()
			})
		},
		"a server that is silent": func(t *testing.T, l net.Listener) func() {
			return answering(l, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.opts.AttemptTimeout = time.Second // plenty for b, even on a busy machine
			b := n.instance("b")
			l := n.listen("wrong")
			t.Cleanup(serve(t, l))
			registrytest.Register(t, n.client, "health", "wrong", addressOf(l))
			health := n.dial(2)
			checkMany(t, health, 60)
			checkMany(t, health, 60)
			if got := b.calls.Load(); got != 120 {
				t.Errorf("b got %d of 120 calls", got)
			}
			lines := n.log.about("does not answer as the service")
			if len(lines) != 1 || !strings.Contains(lines[0], addressOf(l)) || !strings.Contains(lines[0], "/todokit/services/health/wrong") {
				t.Errorf("logged %q, want one line with the address and the key", lines)
			}
		})
	}
}

// A key with the address of another service's instance, and one instance whose
// port another service's takes when it has gone.
func TestConn_AnotherServiceAtTheAddress_GetsNoCallUntilItIsTheService(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*testing.T, *network, healthv1.HealthClient, *server) *server{
		"from the start": func(_ *testing.T, _ *network, _ healthv1.HealthClient, a *server) *server { return a },
		"later": func(t *testing.T, n *network, health healthv1.HealthClient, a *server) *server {
			t.Helper()
			a.another.Store(false)
			checkMany(t, health, 20)
			if a.calls.Load() == 0 || a.proofs.Load() > 2 {
				t.Fatalf("a got %d calls and %d health checks", a.calls.Load(), a.proofs.Load())
			}
			a.server.Stop()
			other := &server{}
			other.another.Store(true)
			return n.serve("a", other)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			a, b := n.instance("a"), n.instance("b")
			a.another.Store(true)
			health := n.dial(2)
			other := begin(t, n, health, a)
			calls := other.calls.Load()
			b.calls.Store(0)
			registrytest.Await(t, "a health check of the other service", func() bool {
				check(t, health)
				return t.Failed() || other.proofs.Load() > 0
			})
			b.calls.Store(0)
			checkMany(t, health, 40)
			if other.calls.Load() != calls || b.calls.Load() != 40 {
				t.Errorf("the other service got %d calls, b %d of 40", other.calls.Load()-calls, b.calls.Load())
			}
			if n.value("todokit_discovery_breaker_state", other.address) != 2 {
				t.Error("the metric does not show that the instance gets no calls")
			}
			other.another.Store(false)
			registrytest.Await(t, "a call to what is the service again", func() bool {
				check(t, health)
				return t.Failed() || other.calls.Load() > calls
			})
			if len(n.log.about("is the service again")) != 1 {
				t.Errorf("logged %q", n.log.lines)
			}
		})
	}
}

func TestConn_OnlyAnotherService_Unavailable(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	a.another.Store(true)
	health := n.dial(1)
	for range 30 {
		if _, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
			t.Fatalf("unary: got %v, want errs.ErrUnavailable", err)
		}
		if _, err := health.Watch(t.Context(), &healthv1.HealthCheckRequest{}); !errors.Is(err, errs.ErrUnavailable) {
			t.Fatalf("stream: got %v, want errs.ErrUnavailable", err)
		}
	}
	if a.calls.Load() != 0 {
		t.Errorf("it got %d calls", a.calls.Load())
	}
}

// The proof is asked for once for each connection, not for each call.
func TestConn_ProvenInstance_NoFurtherHealthCheck(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := n.instance("a")
	health := n.dial(1)
	checkMany(t, health, 50)
	for range 50 {
		check(t, health)
	}
	if a.calls.Load() != 100 || a.proofs.Load() != 1 {
		t.Errorf("%d calls, %d health checks", a.calls.Load(), a.proofs.Load())
	}
}

// An earlier version lacks one method, and serves the others.
func TestConn_MethodMissing_CallsGoToOthers(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a, b := n.instance("a"), n.instance("b")
	b.lists = true
	health := n.dial(2)
	for range 20 {
		if _, err := health.List(t.Context(), &healthv1.HealthListRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if b.calls.Load() != 20 {
		t.Errorf("b got %d of 20 calls", b.calls.Load())
	}
	checkMany(t, health, 20)
	if a.calls.Load() == 0 {
		t.Error("the earlier version gets no calls of the methods that it has")
	}
	if n.value("todokit_discovery_breaker_state", a.address) != 0 {
		t.Error("the breaker opened over a missing method")
	}
	if lines := n.log.about("does not have a method"); len(lines) != 1 || !strings.Contains(lines[0], a.address) {
		t.Errorf("logged %q", lines)
	}
	b.server.Stop()
	if _, err := health.List(t.Context(), &healthv1.HealthListRequest{}); !errors.Is(err, errs.ErrUnavailable) {
		t.Errorf("no instance has the method: got %v, want errs.ErrUnavailable", err)
	}
}
