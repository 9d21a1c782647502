package tlsconfig_test

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

	"todokit/pkg/tlsconfig"
	"todokit/pkg/tlsconfig/tlsconfigtest"
)

// handshake connects a client to a server on loopback, and returns the serial
// number of the server's certificate, or why one of them refused.
func handshake(t *testing.T, server *tls.Config, client *tls.Config) (serial int64, err error) {
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
			_, _ = conn.Write([]byte("x")) // with TLS 1.3 a client learns only now that it was refused
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

func configs(t *testing.T, server, client tlsconfig.Config) (*tls.Config, func() *tls.Config) {
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

func TestConfig_MutualTLS_VerifiesBothSides(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own := tlsconfigtest.NewAuthority(t, dir)
	foreign := tlsconfigtest.NewAuthority(t, t.TempDir())
	good := own.TLS(t, dir, "good")
	foreignCert := foreign.TLS(t, dir, "foreignCert")
	noCert := tlsconfig.Config{CAFile: good.CAFile}
	named := good
	named.ServerName = "localhost"
	wrongName := good
	wrongName.ServerName = "user.example.com"
	foreignClient := foreignCert
	foreignClient.CAFile = good.CAFile

	for name, tt := range map[string]struct {
		server, client tlsconfig.Config
		refused        string
	}{
		"same authority":               {good, good, ""},
		"same authority, by name":      {good, named, ""},
		"client without a certificate": {good, noCert, "certificate required"},
		"client of another authority":  {good, foreignClient, "unknown certificate authority"},
		"server of another authority":  {foreignCert, good, "unknown authority"},
		"server with another name":     {good, wrongName, "not user.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := configs(t, tt.server, tt.client)
			_, err := handshake(t, server, client())
			if tt.refused == "" && err != nil {
				t.Error(err)
			}
			if tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("got %v, want %q", err, tt.refused)
			}
		})
	}
}

func TestConfig_Server_RefusesOldVersions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := tlsconfigtest.NewAuthority(t, dir).TLS(t, dir, "good")
	server, client := configs(t, good, good)
	old := client()
	old.MaxVersion = tls.VersionTLS12
	if _, err := handshake(t, server, old); err == nil {
		t.Error("a service accepted TLS 1.2")
	}
	public, err := tlsconfig.ServerConfig{CertFile: good.CertFile, KeyFile: good.KeyFile}.Server()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handshake(t, public, old); err != nil {
		t.Errorf("the gateway: %v", err)
	}
	old = client()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := handshake(t, public, old); err == nil {
		t.Error("the gateway accepted TLS 1.1")
	}
}

func TestConfig_FilesChange_Reloaded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := tlsconfigtest.NewAuthority(t, dir)
	served, used := first.TLS(t, dir, "server"), first.TLS(t, dir, "client")
	server, client := configs(t, served, used)
	before, err := handshake(t, server, client())
	if err != nil {
		t.Fatal(err)
	}
	renewed := first.Issue(t, served.CertFile, served.KeyFile)
	if serial, err := handshake(t, server, client()); err != nil || serial != renewed || serial == before {
		t.Fatalf("serial %d, want %d: %v", serial, renewed, err)
	}

	// A half-written file changes nothing.
	if err := os.WriteFile(served.CertFile, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if serial, err := handshake(t, server, client()); err != nil || serial != renewed {
		t.Fatalf("serial %d, want %d: %v", serial, renewed, err)
	}

	// Another authority replaces the first, for both sides.
	second := tlsconfigtest.NewAuthority(t, dir)
	last := second.Issue(t, served.CertFile, served.KeyFile)
	if _, err := handshake(t, server, client()); err == nil || !strings.Contains(err.Error(), "unknown certificate authority") {
		t.Fatalf("a client of the old authority: %v", err)
	}
	second.Issue(t, used.CertFile, used.KeyFile)
	if serial, err := handshake(t, server, client()); err != nil || serial != last {
		t.Fatalf("serial %d, want %d: %v", serial, last, err)
	}
}

func TestConfig_GRPC_MutualTLSAndReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := tlsconfigtest.NewAuthority(t, dir)
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

	repeat, err := call(t, good, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call(t, tlsconfig.Config{CAFile: good.CAFile}, l.Addr().String()); err == nil {
		t.Error("a client without a certificate was served")
	}
	second := tlsconfigtest.NewAuthority(t, dir)
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
	for err = repeat(); err != nil; err = repeat() { // until the end of the old connection is noticed
		if t.Context().Err() != nil || !strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("after the change of the authority: %v", err)
		}
	}
}

// call calls a service once, and returns a function that does so again.
func call(t *testing.T, c tlsconfig.Config, address string) (again func() error, err error) {
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

func TestConfig_InvalidFiles_Refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := tlsconfigtest.NewAuthority(t, dir).TLS(t, dir, "good")
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
		config tlsconfig.Config
		want   string
	}{
		"no key":                       {tlsconfig.Config{CertFile: good.CertFile}, "tls.key_file"},
		"no certificate":               {tlsconfig.Config{KeyFile: good.KeyFile}, "tls.cert_file"},
		"missing certificate":          {tlsconfig.Config{CertFile: dir + "/none", KeyFile: good.KeyFile}, "tls.cert_file"},
		"missing key":                  {tlsconfig.Config{CertFile: good.CertFile, KeyFile: dir + "/none"}, "tls.key_file"},
		"key readable by everyone":     {tlsconfig.Config{CertFile: good.CertFile, KeyFile: open}, "chmod o-rw"},
		"key instead of a certificate": {tlsconfig.Config{CertFile: good.KeyFile, KeyFile: good.KeyFile}, "tls.cert_file"},
		"missing authorities":          {tlsconfig.Config{CertFile: good.CertFile, KeyFile: good.KeyFile, CAFile: dir + "/none"}, "tls.ca_file"},
		"invalid authorities":          {tlsconfig.Config{CertFile: good.CertFile, KeyFile: good.KeyFile, CAFile: good.KeyFile}, "tls.ca_file"},
	} {
		_, asServer := tt.config.Server()
		_, asClient := tt.config.Client()
		for _, err := range []error{asServer, asClient} {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v lacks %q", name, err, tt.want)
			}
		}
	}
	if _, err := (tlsconfig.Config{CAFile: good.CAFile}).Server(); err == nil {
		t.Error("a server without a certificate")
	}
	if c, err := (tlsconfig.Config{}).Server(); c != nil || err != nil {
		t.Errorf("no TLS: %v, %v", c, err)
	}
}
