package process

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"todokit/pkg/config"
	"todokit/pkg/health"
)

// AdminConfig says where the admin port is, and under which names.
type AdminConfig struct {
	Addr  string   `config:"addr" usage:"host:port of /metrics, /healthz, /readyz and /debug/pprof; it is for the operator only, keep it private"`
	Hosts []string `config:"hosts" usage:"names under which the admin port may be asked, beside localhost and any IP address: usersvc-1, metrics.example.com"`
}

// Validate names the keys that are wrong.
func (c AdminConfig) Validate() error {
	for _, name := range c.Hosts {
		if name != canonicalHost(name) || strings.ContainsAny(name, ":/*[] ") {
			return config.Invalid("hosts", "%q is no name in lower case, without a port", name)
		}
	}
	return nil
}

// allowsHost reports whether a Host header is one of ours. A page in somebody's
// browser can have its own name resolved to our address (DNS rebinding), and then
// read what is there, but the browser sends that name.
func (c AdminConfig) allowsHost(host string) bool {
	host = canonicalHost(host)
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "" || host == "localhost" || slices.Contains(c.Hosts, host) // "": HTTP/1.0, which no browser speaks
}

// canonicalHost returns a Host header in lower case, without its port.
func canonicalHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// checkHost refuses requests under names that are not ours.
func (c AdminConfig) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.allowsHost(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.Error(w, fmt.Sprintf("The admin port is not known under the name %q. Use its IP address or localhost, or add the name to admin.hosts (TODOKIT_ADMIN_HOSTS).",
			canonicalHost(r.Host)), http.StatusMisdirectedRequest)
	})
}

func (c AdminConfig) handler(registry *prometheus.Registry, checker *health.Checker) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.InstrumentMetricHandler(registry, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{\"status\":\"alive\"}\n"))
	})
	mux.Handle("GET /readyz", checker)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return c.checkHost(mux)
}
