package process_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"todokit/pkg/process"
	"todokit/pkg/process/processtest"
)

// shake lets a server and a client meet on loopback, and returns the serial
// number of the server's certificate, or why one of them refused.
func shake(t *testing.T, server *tls.Config, client *tls.Config) (serial int64, err error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			err = conn.(*tls.Conn).HandshakeContext(t.Context())
			_, _ = conn.Write([]byte("x")) // TLS 1.3 tells a client only now that it was refused
			_ = conn.Close()
		}
		served <- err
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if client.ServerName == "" {
		client.ServerName = "127.0.0.1"
	}
	conn := tls.Client(raw, client)
	defer func() { _ = conn.Close() }()
	if err := conn.HandshakeContext(t.Context()); err != nil {
		<-served
		return 0, err
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return 0, errors.Join(err, <-served)
	}
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), <-served
}

func both(t *testing.T, server, client process.TLSConfig) (*tls.Config, func() *tls.Config) {
	t.Helper()
	s, err := server.Server()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ours := processtest.NewAuthority(t, dir)
	foreign := processtest.NewAuthority(t, t.TempDir())
	good := ours.TLS(t, dir, "good")
	imposter := foreign.TLS(t, dir, "imposter")
	bare := process.TLSConfig{CAFile: good.CAFile}
	named := good
	named.ServerName = "localhost"
	misnamed := good
	misnamed.ServerName = "user.example.com"
	stranger := imposter
	stranger.CAFile = good.CAFile

	for name, tt := range map[string]struct {
		server, client process.TLSConfig
		refused        string
	}{
		"ours":                           {good, good, ""},
		"ours, by name":                  {good, named, ""},
		"a client without a certificate": {good, bare, "certificate required"},
		"a client of somebody else's":    {good, stranger, "unknown certificate authority"},
		"a server of somebody else's":    {imposter, good, "unknown authority"},
		"a server with another name":     {good, misnamed, "not user.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := both(t, tt.server, tt.client)
			_, err := shake(t, server, client())
			if tt.refused == "" && err != nil {
				t.Error(err)
			}
			if tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("got %v, want %q", err, tt.refused)
			}
		})
	}
}

func TestServicesTakeNoOldTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := processtest.NewAuthority(t, dir).TLS(t, dir, "good")
	server, client := both(t, good, good)
	old := client()
	old.MaxVersion = tls.VersionTLS12
	if _, err := shake(t, server, old); err == nil {
		t.Error("a service took TLS 1.2")
	}
	public, err := process.ServerTLSConfig{CertFile: good.CertFile, KeyFile: good.KeyFile}.Server()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shake(t, public, old); err != nil {
		t.Errorf("the gateway: %v", err)
	}
	old = client()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := shake(t, public, old); err == nil {
		t.Error("the gateway took TLS 1.1")
	}
}

func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := processtest.NewAuthority(t, dir)
	served, used := first.TLS(t, dir, "server"), first.TLS(t, dir, "client")
	server, client := both(t, served, used)
	before, err := shake(t, server, client())
	if err != nil {
		t.Fatal(err)
	}
	renewed := first.Issue(t, served.CertFile, served.KeyFile)
	if serial, err := shake(t, server, client()); err != nil || serial != renewed || serial == before {
		t.Fatalf("serial %d, want %d: %v", serial, renewed, err)
	}

	// A renewal that is half written changes nothing.
	if err := os.WriteFile(served.CertFile, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if serial, err := shake(t, server, client()); err != nil || serial != renewed {
		t.Fatalf("serial %d, want %d: %v", serial, renewed, err)
	}

	// Another authority takes over: in both files, for both sides.
	second := processtest.NewAuthority(t, dir)
	last := second.Issue(t, served.CertFile, served.KeyFile)
	if _, err := shake(t, server, client()); err == nil || !strings.Contains(err.Error(), "unknown certificate authority") {
		t.Fatalf("a client of the old authority: %v", err)
	}
	second.Issue(t, used.CertFile, used.KeyFile)
	if serial, err := shake(t, server, client()); err != nil || serial != last {
		t.Fatalf("serial %d, want %d: %v", serial, last, err)
	}
}

func TestServicesCallEachOtherOverMutualTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := processtest.NewAuthority(t, dir)
	good := first.TLS(t, dir, "good")
	options, err := good.ServerCredentials()
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	defer server.Stop()

	long, err := ask(t, good, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, process.TLSConfig{CAFile: good.CAFile}, l.Addr().String()); err == nil {
		t.Error("a client without a certificate was served")
	}
	second := processtest.NewAuthority(t, dir)
	second.Issue(t, good.CertFile, good.KeyFile)
	server.Stop() // the connection ends: the next one is made with the new files
	server = grpc.NewServer(options...)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	again, err := net.Listen("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(again) }()
	defer server.Stop()
	for err = long(); err != nil; err = long() { // the end of the old connection is noticed at some point
		if t.Context().Err() != nil || !strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("after the change of the authority: %v", err)
		}
	}
}

// ask calls a service once, and returns how to do so again.
func ask(t *testing.T, c process.TLSConfig, address string) (again func() error, err error) {
	t.Helper()
	creds, err := c.ClientCredentials()
	if err != nil {
		t.Fatal(err)
	}
	cc, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cc.Close() })
	again = func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := grpc_health_v1.NewHealthClient(cc).Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.WaitForReady(c.CertFile != ""))
		return err
	}
	return again, again()
}

func TestWrongFilesStopTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := processtest.NewAuthority(t, dir).TLS(t, dir, "good")
	open := filepath.Join(dir, "open.key")
	key, err := os.ReadFile(good.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		config process.TLSConfig
		want   string
	}{
		"no key":                    {process.TLSConfig{CertFile: good.CertFile}, "tls.key_file"},
		"no certificate":            {process.TLSConfig{KeyFile: good.KeyFile}, "tls.cert_file"},
		"a missing certificate":     {process.TLSConfig{CertFile: dir + "/none", KeyFile: good.KeyFile}, "tls.cert_file"},
		"a missing key":             {process.TLSConfig{CertFile: good.CertFile, KeyFile: dir + "/none"}, "tls.key_file"},
		"a key that everyone reads": {process.TLSConfig{CertFile: good.CertFile, KeyFile: open}, "chmod o-rw"},
		"a key for a certificate":   {process.TLSConfig{CertFile: good.KeyFile, KeyFile: good.KeyFile}, "tls.cert_file"},
		"missing authorities":       {process.TLSConfig{CertFile: good.CertFile, KeyFile: good.KeyFile, CAFile: dir + "/none"}, "tls.ca_file"},
		"authorities that are none": {process.TLSConfig{CertFile: good.CertFile, KeyFile: good.KeyFile, CAFile: good.KeyFile}, "tls.ca_file"},
	} {
		_, asServer := tt.config.Server()
		_, asClient := tt.config.Client()
		for _, err := range []error{asServer, asClient} {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v lacks %q", name, err, tt.want)
			}
		}
	}
	if _, err := (process.TLSConfig{CAFile: good.CAFile}).Server(); err == nil {
		t.Error("a server without a certificate")
	}
	if c, err := (process.TLSConfig{}).Server(); c != nil || err != nil {
		t.Errorf("no TLS: %v, %v", c, err)
	}
}
