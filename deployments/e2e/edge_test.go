package e2e_test

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTheEdge is a gateway that has been told whom to believe and whom to wait for.
func TestGateway_BehindProxyAndAgainstSlowClients(t *testing.T) {
	t.Parallel()
	const page = "https://app.example.com"
	s := newSystem(t)
	s.launch = func() {
		s.gateway = start(t, "standalone", patient(settings{
			"DATA_DIR":             filepath.Join(t.TempDir(), "data"),
			"HTTP_TRUSTED_PROXIES": "127.0.0.1", "HTTP_CORS_ORIGINS": page,
			"HTTP_TIMEOUTS_HEADER": "2s", "HTTP_TIMEOUTS_BODY": "2s",
		}))
	}
	s.boot(t)
	t.Run("addresses behind a proxy", func(t *testing.T) { proxied(t, s) })
	t.Run("pages of another origin", func(t *testing.T) {
		preflight, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.url()+tasks, nil) // OPTIONS is not in the contract
		if err != nil {
			t.Fatal(err)
		}
		preflight.Header = http.Header{
			"Origin": {page}, "Access-Control-Request-Method": {http.MethodPost}, "Access-Control-Request-Headers": {"authorization,content-type"},
		}
		resp, err := s.http.Do(preflight)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Access-Control-Allow-Origin") != page {
			t.Errorf("preflight: %d %v", resp.StatusCode, resp.Header)
		}
		a := s.nobody().do(t, http.MethodGet, tasks, nil, with("Origin", page+".evil.example"))
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a look-alike is allowed: %v", a.header)
		}
	})
	t.Run("slow clients", func(t *testing.T) {
		for name, sent := range map[string]string{
			"silence":  "",
			"a header": "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ",
			"a body":   "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				hungUpOn(t, s, sent)
			})
		}
	})
}

func proxied(t *testing.T, s *system) {
	t.Helper()
	c := s.newUser(t)
	a := s.nobody().do(t, http.MethodPost, sessions, fields{"user_name": c.name, "password": c.password},
		with("X-Forwarded-For", "198.51.100.66, 2001:db8::9"), with("X-Forwarded-Proto", "https")).want(t, http.StatusCreated)
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("the proxy speaks TLS, and browsers are not told")
	}
	var addresses []string
	for _, one := range decode[struct{ Sessions []session }](t, c.do(t, http.MethodGet, sessions, nil).want(t, http.StatusOK)).Sessions {
		addresses = append(addresses, one.Address)
	}
	slices.Sort(addresses)
	if !slices.Equal(addresses, []string{"127.0.0.1", "2001:db8::9"}) {
		t.Errorf("the devices are at %q", addresses)
	}
}

// hungUpOn sends the beginning of a request, and waits for the end of the connection.
func hungUpOn(t *testing.T, s *system, sent string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 && !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("answered %q, %v", answer, err)
	}
}

// TestGateway_LengthAndEncoding_400AndClosed sends what a proxy in front might take
// for two requests (RFC 9112, 6.1).
func TestGateway_LengthAndEncoding_400AndClosed(t *testing.T) {
	t.Parallel()
	s := startStandalone(t)
	const chunked = "Transfer-Encoding: chunked\r\n"
	for name, tt := range map[string]struct{ header, status string }{
		"both":     {"Content-Length: 5\r\n" + chunked, "HTTP/1.1 400 "},
		"encoding": {chunked, "HTTP/1.1 401 "},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		const smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
		if _, err = io.WriteString(conn, "POST "+tasks+" HTTP/1.1\r\nHost: x\r\n"+tt.header+"\r\n0\r\n\r\n"+smuggled); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), tt.status) || strings.Count(string(answer), "HTTP/1.1") != 1 ||
			!strings.Contains(string(answer), "application/problem+json") {
			t.Errorf("%s: %q, %v", name, answer, err)
		}
	}
}
