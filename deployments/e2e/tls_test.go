package e2e_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	userv1 "todokit/api/user/v1"
	todoprocess "todokit/pkg/process"
	"todokit/pkg/process/processtest"
)

// TestTLSEverywhere has every connection encrypted, and every service show a
// certificate: to each other, to etcd and to the database.
func TestSeparate_TLS_IsDemandedEverywhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority := processtest.NewAuthority(t, dir)
	files := authority.TLS(t, dir, "ours")
	s := newSystem(t)
	trusted, err := todoprocess.TLSConfig{CAFile: authority.CAFile}.Client()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: trusted(), ForceAttemptHTTP2: true}
	s.http.Transport = transport

	common := settings{"ETCD_ENDPOINTS": startSecureEtcd(t, files)}
	maps.Copy(common, tlsSettings("ETCD", files))
	maps.Copy(common, tlsSettings("GRPC", files))
	service := settings{"GRPC_ADDR": "127.0.0.1:0"}
	maps.Copy(service, common)
	userDB, taskDB := secureDatabases(t, files)
	maps.Copy(service, tlsSettings("DATABASE", files))
	if strings.HasPrefix(userDB, "sqlite:") {
		maps.DeleteFunc(service, func(key, _ string) bool { return strings.HasPrefix(key, "DATABASE_TLS") })
	}
	edge := settings{"HTTP_ADDR": "127.0.0.1:0", "HTTP_TLS_CERT_FILE": files.CertFile, "HTTP_TLS_KEY_FILE": files.KeyFile}
	maps.Copy(edge, common)
	with := func(own settings, url string) settings {
		own = maps.Clone(own)
		own["DATABASE_URL"] = s.secret(url)
		return own
	}
	s.launch = func() {
		s.gateway = start(t, "gatewaysvc", edge)
		s.userInstances = []*process{start(t, "usersvc", with(service, userDB))}
		s.taskInstances = []*process{start(t, "tasksvc", with(service, taskDB))}
	}
	s.boot(t)
	s.base = strings.Replace(s.base, "http://", "https://", 1)

	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Under seal"})
	answer := c.do(t, http.MethodGet, tasks+"/"+one.ID, nil).want(t, http.StatusOK)
	if answer.header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to stay with TLS")
	}
	t.Run("no certificate is refused", func(t *testing.T) { connectWithoutCertificate(t, s, files) })
	t.Run("renewal", func(t *testing.T) {
		renewed := authority.Issue(t, files.CertFile, files.KeyFile)
		transport.CloseIdleConnections()
		if proto, serial := s.shownBy(t); serial != renewed || proto != "HTTP/2.0" {
			t.Errorf("the gateway shows certificate %d over %s, want %d", serial, proto, renewed)
		}
		// New instances show the new one, and those that run take and show it too.
		s.taskInstances[0].stop(t, syscall.SIGTERM)
		s.taskInstances[0] = start(t, "tasksvc", with(service, taskDB))
		whenReady(t, s.taskInstances[0].address(t, "admin"))
		eventually(t, "the new instance serves", func() error {
			a, err := c.try(t, http.MethodGet, tasks+"/"+one.ID, nil)
			if err == nil && a.status != http.StatusOK {
				err = fmt.Errorf("status %d", a.status)
			}
			return err
		})
	})
}

// shownBy returns how the gateway is spoken to, and the serial number of its certificate.
func (s *system) shownBy(t *testing.T) (proto string, serial int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Proto, resp.TLS.PeerCertificates[0].SerialNumber.Int64()
}

// strangers knock at the ports of the services.
func connectWithoutCertificate(t *testing.T, s *system, files todoprocess.TLSConfig) {
	t.Helper()
	bare, err := todoprocess.TLSConfig{CAFile: files.CAFile}.ClientCredentials()
	if err != nil {
		t.Fatal(err)
	}
	for name, creds := range map[string]credentials.TransportCredentials{"without a certificate": bare, "without TLS": insecure.NewCredentials()} {
		for _, p := range []*process{s.userInstances[0], s.taskInstances[0]} {
			cc, err := grpc.NewClient(p.address(t, "grpc"), grpc.WithTransportCredentials(creds))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
			_, err = userv1.NewUserServiceClient(cc).SignIn(ctx, &userv1.SignInRequest{})
			cancel()
			_ = cc.Close()
			if err == nil || !strings.Contains(err.Error(), "Unavailable") {
				t.Errorf("%s, %s: %v", p.name, name, err)
			}
		}
	}
	plain := strings.Replace(s.url(), "https://", "http://", 1) + "/healthz"
	if status, page, err := getPage(t, plain); err != nil || status != http.StatusBadRequest {
		t.Errorf("the gateway without TLS: %d %s, %v", status, page, err)
	}
	old := &http.Transport{TLSClientConfig: s.http.Transport.(*http.Transport).TLSClientConfig.Clone()}
	old.TLSClientConfig.MaxVersion = tls.VersionTLS11
	old.TLSClientConfig.MinVersion = tls.VersionTLS10
	if resp, err := (&http.Client{Transport: old}).Get(s.url() + "/healthz"); err == nil {
		resp.Body.Close()
		t.Error("the gateway takes TLS 1.1")
	}
}

func tlsSettings(prefix string, c todoprocess.TLSConfig) settings {
	return settings{prefix + "_TLS_CERT_FILE": c.CertFile, prefix + "_TLS_KEY_FILE": c.KeyFile, prefix + "_TLS_CA_FILE": c.CAFile}
}

// startSecureEtcd starts an etcd that demands a certificate.
func startSecureEtcd(t *testing.T, files todoprocess.TLSConfig) (endpoint string) {
	t.Helper()
	cfg := embed.NewConfig()
	cfg.Dir, cfg.LogLevel, cfg.UnsafeNoFsync = t.TempDir(), "fatal", true
	cfg.ClientTLSInfo.CertFile, cfg.ClientTLSInfo.KeyFile = files.CertFile, files.KeyFile
	cfg.ClientTLSInfo.TrustedCAFile, cfg.ClientTLSInfo.ClientCertAuth = files.CAFile, true
	client := url.URL{Scheme: "https", Host: "127.0.0.1:0"}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = nil, []url.URL{{Scheme: "unix", Host: "secure:0"}}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(etcd.Close)
	return "https://" + etcd.Clients[0].Addr().String()
}

// secureDatabases starts a MariaDB that demands a certificate, and returns the
// URLs of two databases. Where there is no MariaDB to be started, they are
// SQLite files: the rest of the test is worth its while without.
func secureDatabases(t *testing.T, files todoprocess.TLSConfig) (userDB, taskDB string) {
	t.Helper()
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		server, err = exec.LookPath("/usr/sbin/mariadbd")
	}
	if err != nil {
		t.Logf("no TLS to a database is tested: %v", err)
		return "sqlite:" + filepath.Join(t.TempDir(), "user.db"), "sqlite:" + filepath.Join(t.TempDir(), "task.db")
	}
	dir, err := os.MkdirTemp("", "todokit-mariadb-") // t.TempDir is closed to other accounts
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, from := range map[string]string{"cert.pem": files.CertFile, "key.pem": files.KeyFile, "ca.pem": files.CAFile} {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const accounts = "CREATE DATABASE user; CREATE DATABASE task; CREATE USER todokit@'%' IDENTIFIED BY 'under seal' REQUIRE X509; GRANT ALL ON *.* TO todokit@'%';\n"
	if err := os.WriteFile(filepath.Join(dir, "init.sql"), []byte(strings.ReplaceAll(accounts, "; ", ";\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	account := ownedByMariaDB(t, dir)
	install := exec.Command("mariadb-install-db", append([]string{"--no-defaults", "--force", "--skip-test-db", "--auth-root-authentication-method=normal", "--datadir=" + dir + "/data"}, account...)...)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	port := freePort(t)
	log := newLogbook()
	cmd := exec.Command(server, append([]string{
		"--no-defaults", "--datadir=" + dir + "/data", "--tmpdir=" + dir, "--socket=" + dir + "/s", "--pid-file=" + dir + "/pid", "--bind-address=127.0.0.1",
		"--port=" + port, "--skip-name-resolve", "--init-file=" + dir + "/init.sql", "--innodb-buffer-pool-size=16M", "--performance-schema=off",
		"--require-secure-transport=ON", "--ssl-ca=" + dir + "/ca.pem", "--ssl-cert=" + dir + "/cert.pem", "--ssl-key=" + dir + "/key.pem",
	}, account...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	timeout := time.NewTimer(waitTimeout)
	defer timeout.Stop()
	for changed := log.changes(); !strings.Contains(log.String(), "ready for connections"); changed = log.changes() {
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("MariaDB did not start:\n%s", log)
		}
	}
	base := "mysql://todokit:under%20seal@127.0.0.1:" + port + "/"
	return base + "user?tls=true", base + "task"
}

// ownedByMariaDB gives a folder to the account that the server must run as,
// where the test runs as root, and returns the option that says so.
func ownedByMariaDB(t *testing.T, dir string) []string {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	account, err := user.Lookup("mysql")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--user=" + account.Username}
}

// freePort is one that nobody listens on. Somebody may take it before it is
// used; then the test fails, and says so.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
