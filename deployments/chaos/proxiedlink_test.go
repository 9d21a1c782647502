package chaos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// proxiedLink is the network between two parts, which can be cut.
type proxiedLink struct {
	proxy *toxiproxy.Proxy
}

func newLink(t *testing.T, to string) *proxiedLink {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &proxiedLink{toxiproxy.NewProxy(server, "link", freeAddress(t), to)}
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.proxy.Stop)
	return l
}

// address is the end to connect to.
func (l *proxiedLink) address() string { return l.proxy.Listen }

// cut lets everything that is sent vanish, and tells nobody.
func (l *proxiedLink) cut(t *testing.T) {
	t.Helper()
	for _, way := range []string{"upstream", "downstream"} {
		toxic := fmt.Sprintf(`{"name": %q, "type": "timeout", "stream": %[1]q, "attributes": {"timeout": 0}}`, way)
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	}
}

// delay makes each answer take longer.
func (l *proxiedLink) delay(t *testing.T, d time.Duration) {
	t.Helper()
	toxic := fmt.Sprintf(`{"type": "latency", "stream": "downstream", "attributes": {"latency": %d}}`, d.Milliseconds())
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Fatal(err)
	}
}

// heal undoes cut. Connections that have lost something end.
func (l *proxiedLink) heal(t *testing.T) {
	t.Helper()
	for _, way := range []string{"upstream", "downstream"} {
		if err := l.proxy.Toxics.RemoveToxic(t.Context(), way); err != nil {
			t.Fatal(err)
		}
	}
}
