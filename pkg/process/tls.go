package process

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// TLSConfig names the files of one TLS endpoint. Everything empty: no TLS.
type TLSConfig struct {
	CertFile   string `config:"cert_file" usage:"PEM file with the certificate chain; read again when it changes"`
	KeyFile    string `config:"key_file" usage:"PEM file with the certificate's private key"`
	CAFile     string `config:"ca_file" usage:"PEM file with the authorities that the other side's certificate must come from"`
	ServerName string `config:"server_name" usage:"name that a server's certificate must bear, where it is not that of its address"`
}

// ServerTLSConfig is TLSConfig for a port that people and programs call.
type ServerTLSConfig struct {
	CertFile string `config:"cert_file" usage:"PEM file with the certificate chain; read again when it changes"`
	KeyFile  string `config:"key_file" usage:"PEM file with the certificate's private key"`
}

// Server returns the configuration of a server, or nil for no TLS.
func (c ServerTLSConfig) Server() (*tls.Config, error) {
	return TLSConfig{CertFile: c.CertFile, KeyFile: c.KeyFile}.Server()
}

// Enabled says whether any file is named.
func (c TLSConfig) Enabled() bool { return c != TLSConfig{} }

// Server returns the configuration of a server, or nil for no TLS. With
// ca_file, callers must show a certificate too (mutual TLS).
func (c TLSConfig) Server() (*tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	if c.CertFile == "" || c.KeyFile == "" {
		return nil, errors.New("tls.cert_file, tls.key_file: a server needs both")
	}
	pair, err := newKeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, err
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current() }}
	if c.CAFile != "" {
		t.ClientAuth = tls.RequireAndVerifyClientCert
		if t.ClientCAs, err = readCAs(c.CAFile); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Client returns the configuration of a client, or nil for no TLS. With
// cert_file it shows a certificate of its own.
func (c TLSConfig) Client() (*tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	var err error
	if c.CAFile != "" {
		if t.RootCAs, err = readCAs(c.CAFile); err != nil {
			return nil, err
		}
	}
	if c.CertFile != "" {
		pair, err := newKeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, err
		}
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.current() }
	}
	return t, nil
}

func readCAs(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tls.ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls.ca_file: %s holds no certificate", file)
	}
	return pool, nil
}

// keyPair is a certificate that is read again when its file has changed, so
// that it can be renewed without a restart.
type keyPair struct {
	certFile, keyFile string

	mu      sync.Mutex
	changed time.Time
	pair    *tls.Certificate
}

func newKeyPair(certFile, keyFile string) (*keyPair, error) {
	p := &keyPair{certFile: certFile, keyFile: keyFile}
	_, err := p.current()
	return p, err
}

// current returns the newest certificate that could be read: while a renewal
// is only half written, the old one serves on.
func (p *keyPair) current() (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := os.Stat(p.certFile)
	if err != nil && p.pair == nil {
		return nil, fmt.Errorf("tls.cert_file: %w", err)
	}
	if err != nil || p.pair != nil && info.ModTime().Equal(p.changed) {
		return p.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil && p.pair == nil {
		return nil, fmt.Errorf("tls.cert_file, tls.key_file: %w", err)
	}
	if err == nil {
		p.pair, p.changed = &pair, info.ModTime()
	}
	return p.pair, nil
}
