// Package tlsconfigtest makes certificates for tests.
package tlsconfigtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"todokit/pkg/tlsconfig"
)

// Authority issues certificates.
type Authority struct {
	CAFile string // with its own certificate

	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	issued int64
}

// NewAuthority makes an authority whose files live in dir.
func NewAuthority(t testing.TB, dir string) *Authority {
	t.Helper()
	a := &Authority{CAFile: filepath.Join(dir, "ca.pem"), key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = a.sign(t, template, &a.key.PublicKey, template)
	write(t, a.CAFile, 0o644, "CERTIFICATE", a.cert.Raw)
	return a
}

// Issue writes a certificate for this machine, for servers and clients alike,
// and its key. Existing files are replaced, as in a renewal; the serial number is
// a new one.
func (a *Authority) Issue(t testing.TB, certFile, keyFile string) (serial int64) {
	t.Helper()
	a.issued++
	serial = 1 + a.issued
	key := newKey(t)
	cert := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, &key.PublicKey, a.cert)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, 0o644, "CERTIFICATE", cert.Raw)
	write(t, keyFile, 0o600, "PRIVATE KEY", der)
	return serial
}

// TLS issues a certificate, and returns a configuration with it that requires the
// other side's to be from this authority.
func (a *Authority) TLS(t testing.TB, dir, name string) tlsconfig.Config {
	t.Helper()
	c := tlsconfig.Config{
		CertFile: filepath.Join(dir, name+".pem"), KeyFile: filepath.Join(dir, name+".key"), CAFile: a.CAFile,
	}
	a.Issue(t, c.CertFile, c.KeyFile)
	return c
}

func (a *Authority) sign(t testing.TB, template *x509.Certificate, public *ecdsa.PublicKey, parent *x509.Certificate) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// write replaces the whole file at once, as renewals do.
func write(t testing.TB, file string, mode os.FileMode, kind string, der []byte) {
	t.Helper()
	temporary := file + ".new"
	if err := os.WriteFile(temporary, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, file); err != nil {
		t.Fatal(err)
	}
}
