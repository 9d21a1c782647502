// Package tlsconfig turns a configuration that names PEM files into TLS for
// servers and clients. The files are read again when they change, so that
// certificates are renewed without a restart.
package tlsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"todokit/pkg/config"
)

// Config names the files of one TLS endpoint. Everything empty: no TLS.
type Config struct {
	CertFile   string `config:"cert_file" usage:"PEM file with the certificate chain; read again when it changes"`
	KeyFile    string `config:"key_file" usage:"PEM file with the certificate's private key, which not every account may read"`
	CAFile     string `config:"ca_file" usage:"PEM file with the authorities that the other side's certificate must come from; read again when it changes"`
	ServerName string `config:"server_name" usage:"name that a server's certificate must bear, where it is not that of its address; between services, {service} in it stands for the called one (user, task), so that none can pass for another"`
}

// ServerConfig is that of a port for clients which need no certificate.
type ServerConfig struct {
	CertFile string `config:"cert_file" usage:"PEM file with the certificate chain; read again when it changes"`
	KeyFile  string `config:"key_file" usage:"PEM file with the certificate's private key, which not every account may read"`
}

// Server returns the configuration of a server, or nil for no TLS.
func (c ServerConfig) Server() (*tls.Config, error) {
	t, err := Config{CertFile: c.CertFile, KeyFile: c.KeyFile}.Server()
	if t != nil {
		t.MinVersion = tls.VersionTLS12 // not every client is one of ours
	}
	return t, err
}

// Enabled says whether any file is named.
func (c Config) Enabled() bool { return c != Config{} }

// Server returns the configuration of a server, or nil for no TLS. With
// ca_file, callers must show a certificate too (mutual TLS).
func (c Config) Server() (*tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	if c.CertFile == "" {
		return nil, errors.New("tls.cert_file, tls.key_file: a server needs both")
	}
	pair, err := c.pair()
	if err != nil {
		return nil, err
	}
	t := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.get(), nil }}
	if c.CAFile == "" {
		return t, nil
	}
	authorities, err := c.authorities()
	if err != nil {
		return nil, err
	}
	t.ClientAuth = tls.RequireAndVerifyClientCert
	base := t.Clone()
	t.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		current := base.Clone()
		current.ClientCAs = authorities.get()
		return current, nil
	}
	return t, nil
}

// Client returns a function that returns the configuration for one more
// connection of a client, or nil for no TLS. With cert_file the client has a
// certificate too.
func (c Config) Client() (func() *tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CertFile != "" || c.KeyFile != "" {
		pair, err := c.pair()
		if err != nil {
			return nil, err
		}
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.get(), nil }
	}
	if c.CAFile == "" {
		return t.Clone, nil // the system's authorities
	}
	authorities, err := c.authorities()
	if err != nil {
		return nil, err
	}
	return func() *tls.Config {
		current := t.Clone()
		current.RootCAs = authorities.get()
		return current
	}, nil
}

func (c Config) pair() (*reloader[*tls.Certificate], error) {
	if c.CertFile == "" || c.KeyFile == "" {
		return nil, errors.New("tls.cert_file, tls.key_file: one needs the other")
	}
	return newReloader(func() (*tls.Certificate, error) {
		if err := config.CheckPrivate(c.KeyFile); err != nil {
			return nil, fmt.Errorf("tls.key_file: %w", err)
		}
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls.cert_file, tls.key_file: %w", err)
		}
		return &pair, nil
	}, c.CertFile, c.KeyFile)
}

func (c Config) authorities() (*reloader[*x509.CertPool], error) {
	return newReloader(func() (*x509.CertPool, error) {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("tls.ca_file: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.ca_file: %s holds no certificate", c.CAFile)
		}
		return pool, nil
	}, c.CAFile)
}
