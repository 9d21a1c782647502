package gatewayapp

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/rest"
	"todokit/pkg/tlsconfig"
)

// HTTPConfig says where the REST interface is, and whom it believes.
type HTTPConfig struct {
	Addr           string                 `config:"addr" usage:"host:port to serve the REST interface on"`
	TLS            tlsconfig.ServerConfig `config:"tls"`
	Timeouts       process.HTTPTimeouts   `config:"timeouts"`
	Connections    int                    `config:"connections" usage:"most open connections, a quarter of them from one address (trusted proxies excepted); 0: three quarters of the files that the process may open, but at most 16384"`
	Notice         time.Duration          `config:"notice" usage:"how long, after it was asked to stop, it goes on to take requests, so that clients and balancers notice"`
	TrustedProxies []string               `config:"trusted_proxies" usage:"networks (10.0.0.0/8) or addresses of the proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are believed"`
	CORS           CORSConfig             `config:"cors"`
}

// CORSConfig says whose pages may call the gateway.
type CORSConfig struct {
	Origins []string `config:"origins" usage:"origins (https://app.example.com) whose pages may call from a browser; * for all, empty for none"`
	Headers []string `config:"headers" usage:"request headers that those pages may send beside the ones that the API reads; * for any"`
}

func defaultHTTP() HTTPConfig {
	timeouts := process.DefaultHTTPTimeouts()
	timeouts.Answer = time.Minute
	return HTTPConfig{
		Addr: "127.0.0.1:8080", Timeouts: timeouts, Notice: process.DefaultNotice,
		CORS: CORSConfig{Headers: []string{"traceparent", "tracestate", "baggage"}}, // what OpenTelemetry sends with each request
	}
}

// Validate names the keys that are wrong.
func (c HTTPConfig) Validate() error {
	if _, err := rest.ParseProxies(c.TrustedProxies); err != nil {
		return config.Invalid("trusted_proxies", "%w", err)
	}
	if c.Connections < 0 {
		return config.Invalid("connections", "must not be negative")
	}
	if c.Notice < 0 {
		return config.Invalid("notice", "must not be negative")
	}
	return nil
}

// Validate names the keys that are wrong.
func (c CORSConfig) Validate() error {
	var wrong []error
	for _, origin := range c.Origins {
		if origin != "*" && !isOrigin(origin) {
			wrong = append(wrong, config.Invalid("origins", "%q is no origin such as https://app.example.com", origin))
		}
	}
	for _, header := range c.Headers {
		if !isHeaderName.MatchString(header) {
			wrong = append(wrong, config.Invalid("headers", "%q is no name of a header such as traceparent", header))
		}
	}
	return errors.Join(wrong...)
}

// isHeaderName checks for a token (RFC 9110, 5.6.2), of which * is one, too. No
// name has one inside.
var isHeaderName = regexp.MustCompile("^([*]|[!#$%&'+.^_`|~0-9A-Za-z-]+)$")

// isOrigin refuses patterns too, which rs/cors would understand: one that ends
// in a domain where anyone may have a name would let anyone in.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && s == u.Scheme+"://"+u.Host && !strings.Contains(s, "*")
}

// around puts before the routes what concerns every connection.
func (c HTTPConfig) around(h http.Handler) (http.Handler, error) {
	proxies, err := rest.ParseProxies(c.TrustedProxies)
	return proxies.Handler(gateway.CORS(gateway.CORSOptions(c.CORS), h)), err
}

// connections bounds those of clients. A proxy has those of many.
func (c HTTPConfig) connections(reg prometheus.Registerer) process.ConnectionLimit {
	proxies, _ := rest.ParseProxies(c.TrustedProxies) // Validate has parsed them
	return process.ConnectionLimit{Max: c.Connections, Exempt: proxies.Trusts, Registerer: reg}
}
