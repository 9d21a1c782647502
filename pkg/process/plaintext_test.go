package process_test

import (
	"bytes"
	"testing"

	"github.com/go-kit/log"

	"todokit/pkg/process"
	"todokit/pkg/tlsconfig"
)

func TestWarnPlaintext_OnlyOverTheNetworkWithoutTLS(t *testing.T) {
	t.Parallel()
	for address, local := range map[string]bool{
		"127.0.0.1:9001": true, "[::1]:9001": true, "127.8.9.10:9001": true, "localhost:9001": true, "unix:/run/todokit/user.sock": true, "unix:///run/user.sock": true,
		"10.0.0.7:9001": false, "[fe80::1]:9001": false, "192.0.2.1:9001": false, "user.example.com:9001": false, "localhost.example.com:9001": false,
	} {
		for _, tls := range []tlsconfig.Config{{}, {CertFile: "cert.pem", KeyFile: "key.pem"}} {
			var b bytes.Buffer
			process.WarnPlaintext(log.NewLogfmtLogger(&b), tls, address)
			if want := !local && !tls.Enabled(); (b.Len() > 0) != want {
				t.Errorf("%s, TLS %t: logged %q", address, tls.Enabled(), b.String())
			}
		}
	}
}
