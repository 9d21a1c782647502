package gatewayapp_test

import (
	"errors"
	"slices"
	"testing"

	"todokit/gateway/gatewayapp"
	"todokit/pkg/config"
)

func TestHTTPConfig_CORSHeaders_DefaultIsTracing(t *testing.T) {
	t.Parallel()
	if got := gatewayapp.DefaultConfig().HTTP.CORS.Headers; !slices.Equal(got, []string{"traceparent", "tracestate", "baggage"}) {
		t.Errorf("got %q", got)
	}
}

func TestHTTPConfig_Invalid_NamesKey(t *testing.T) {
	t.Parallel()
	for arg, key := range map[string]string{
		"--http.trusted_proxies=10.0.0.0/8,::1":               "",
		"--http.trusted_proxies=proxy.example.com":            "http.trusted_proxies",
		"--http.trusted_proxies=*":                            "http.trusted_proxies",
		"--http.cors.origins=https://a.example,http://b:8080": "",
		"--http.cors.origins=*":                               "",
		"--http.cors.origins=https://a.example/":              "http.cors.origins",
		"--http.cors.origins=a.example":                       "http.cors.origins",
		"--http.cors.origins=https://*.example":               "http.cors.origins",
		"--http.cors.origins=null":                            "http.cors.origins",
		"--http.cors.headers=":                                "",
		"--http.cors.headers=*":                               "",
		"--http.cors.headers=traceparent,X-B3-TraceId, b3":    "",
		"--http.cors.headers=two words":                       "http.cors.headers",
		"--http.cors.headers=traceparent: 1":                  "http.cors.headers",
		"--http.cors.headers=x-*":                             "http.cors.headers",
		"--http.cors.headers=überschrift":                     "http.cors.headers",
		"--http.cors.headers=a;b":                             "http.cors.headers",
		"--http.connections=-1":                               "http.connections",
		"--http.timeouts.header=0s":                           "http.timeouts.header",
		"--http.timeouts.body=1s":                             "http.timeouts.body",
	} {
		settings := gatewayapp.DefaultConfig()
		_, err := config.Load([]string{arg}, nil, config.Program{Name: "test"}, &settings)
		wrong, _ := errors.AsType[*config.KeyError](err)
		if (err == nil) != (key == "") || key != "" && (wrong == nil || wrong.Key != key) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}
