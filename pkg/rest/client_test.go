package rest_test

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"todokit/pkg/rest"
)

func TestProxies_Client_ReadsHeadersOfTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	proxies := []string{"10.0.0.0/8", "192.0.2.1", "2001:db8:aaaa::/48"}
	tests := map[string]struct {
		remote string
		header http.Header
		want   string
		secure bool
	}{
		"a direct client":                  {remote: "203.0.113.9:4000", want: "203.0.113.9"},
		"a direct client with a header":    {remote: "203.0.113.9:4000", header: forwarded("https", "10.0.0.1"), want: "203.0.113.9"},
		"one proxy":                        {remote: "10.1.2.3:4000", header: forwarded("https", "203.0.113.9"), want: "203.0.113.9", secure: true},
		"a forged address before a proxy":  {remote: "10.1.2.3:4000", header: forwarded("http", "198.51.100.1, 203.0.113.9"), want: "203.0.113.9"},
		"a forged address of a proxy":      {remote: "10.1.2.3:4000", header: forwarded("", "10.9.9.9, 203.0.113.9"), want: "203.0.113.9"},
		"two proxies":                      {remote: "10.1.2.3:4000", header: forwarded("HTTPS", "198.51.100.1, 203.0.113.9, 192.0.2.1"), want: "203.0.113.9", secure: true},
		"two proxies, a header each":       {remote: "10.1.2.3:4000", header: forwarded("", "198.51.100.1", "203.0.113.9", "192.0.2.1"), want: "203.0.113.9"},
		"a proxy itself":                   {remote: "10.1.2.3:4000", want: "10.1.2.3"},
		"nothing but proxies":              {remote: "10.1.2.3:4000", header: forwarded("", "10.4.4.4, 192.0.2.1"), want: "10.4.4.4"},
		"nonsense behind the client":       {remote: "10.1.2.3:4000", header: forwarded("", "203.0.113.9, unknown"), want: "10.1.2.3"},
		"nonsense before a proxy":          {remote: "10.1.2.3:4000", header: forwarded("", "_hidden, 10.4.4.4"), want: "10.4.4.4"},
		"an empty list":                    {remote: "10.1.2.3:4000", header: forwarded("", ""), want: "10.1.2.3"},
		"IPv6":                             {remote: "[2001:db8:aaaa::1]:4000", header: forwarded("https", "2001:db8:bbbb::9"), want: "2001:db8:bbbb::9", secure: true},
		"IPv6 with a port":                 {remote: "[2001:db8:aaaa::1]:4000", header: forwarded("", "[2001:db8:bbbb::9]:443"), want: "2001:db8:bbbb::9"},
		"IPv6 in brackets":                 {remote: "[2001:db8:aaaa::1]:4000", header: forwarded("", "[2001:db8:bbbb::9]"), want: "2001:db8:bbbb::9"},
		"IPv4 with a port":                 {remote: "10.1.2.3:4000", header: forwarded("", "203.0.113.9:4711"), want: "203.0.113.9"},
		"a proxy's IPv4 written as IPv6":   {remote: "[::ffff:10.1.2.3]:4000", header: forwarded("", "::ffff:203.0.113.9"), want: "203.0.113.9"},
		"a link-local client with a zone":  {remote: "[fe80::1%eth0]:4000", want: "fe80::1"},
		"a Unix socket":                    {remote: "@", header: forwarded("https", "203.0.113.9"), want: ""},
		"two protocols, one of a client's": {remote: "10.1.2.3:4000", header: http.Header{"X-Forwarded-Proto": {"https", "http"}}, want: "10.1.2.3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := rest.ParseProxies(proxies)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.remote
			maps.Copy(r.Header, tt.header)
			var seen rest.Client
			response := httptest.NewRecorder()
			p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = rest.ClientOf(r) })).ServeHTTP(response, r)
			if seen.Address() != tt.want || seen.Secure != tt.secure {
				t.Errorf("seen as %q, secure: %v", seen.Address(), seen.Secure)
			}
			if told := response.Header().Get("Strict-Transport-Security") != ""; told != tt.secure {
				t.Errorf("told to use TLS only: %v", told)
			}
		})
	}
}

func forwarded(proto string, lists ...string) http.Header {
	h := http.Header{"X-Forwarded-For": lists, "X-Real-Ip": {"198.51.100.66"}, "Forwarded": {"for=198.51.100.66"}}
	if proto != "" {
		h.Set("X-Forwarded-Proto", proto)
	}
	return h
}

func TestProxies_None_HeadersAreIgnored(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:4000"
	r.Header = forwarded("https", "203.0.113.9")
	if c := rest.ClientOf(r); c.Address() != "127.0.0.1" || c.Secure {
		t.Errorf("seen as %+v", c)
	}
	r.TLS = &tls.ConnectionState{}
	if c := rest.ClientOf(r); !c.Secure {
		t.Error("TLS was not seen")
	}
}

func TestParseProxies_BadNetwork_IsRefused(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"", "10.0.0.0/33", "proxy.example.com", "10.0.0", "::ffff:10.0.0.0/104", "*"} {
		if _, err := rest.ParseProxies([]string{network}); err == nil || !strings.Contains(err.Error(), `"`+network+`"`) {
			t.Errorf("%q: %v", network, err)
		}
	}
}

func FuzzClient(f *testing.F) {
	for _, seed := range []string{"203.0.113.9", "[::1]:1, 10.0.0.1", "10.0.0.1,,", "fe80::1%eth0", "::ffff:10.0.0.1", "unknown, 10.0.0.2"} {
		f.Add("10.0.0.1:80", seed)
	}
	p, err := rest.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remote, list string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header["X-Forwarded-For"] = []string{list}
		direct := rest.Proxies(nil).Client(r)
		if seen := p.Client(r); seen != direct && !p[0].Contains(direct.Addr) {
			t.Errorf("%q, which is no proxy, made itself %v", remote, seen)
		}
		r.Header["X-Forwarded-For"] = []string{list, "203.0.113.9"} // what a proxy saw itself
		if seen := p.Client(r).Address(); p[0].Contains(direct.Addr) && seen != "203.0.113.9" {
			t.Errorf("%q made the client %s", list, seen)
		}
	})
}
