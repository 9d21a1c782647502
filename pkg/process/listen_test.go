package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todokit/pkg/process"
)

func TestGRPCConfig_Listen_Advertises(t *testing.T) {
	t.Parallel()
	socket := "unix:" + filepath.Join(t.TempDir(), "s")
	for name, c := range map[string]struct {
		cfg  process.GRPCConfig
		want string // prefix of what is advertised
	}{
		"loopback":   {process.GRPCConfig{Addr: "127.0.0.1:0"}, "127.0.0.1:"},
		"advertised": {process.GRPCConfig{Addr: "127.0.0.1:0", Advertise: "user-1:9001"}, "user-1:9001"},
		"socket":     {process.GRPCConfig{Addr: socket}, socket},
	} {
		l, advertise, err := c.cfg.Listen()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := l.Close(); err != nil || !strings.HasPrefix(advertise, c.want) {
			t.Errorf("%s: advertises %q, close: %v", name, advertise, err)
		}
	}
	dear := filepath.Join(t.TempDir(), "dear")
	if err := os.WriteFile(dear, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"nowhere", "unix:" + dear, "unix:", "unix:/" + strings.Repeat("x", 200)} {
		if _, _, err := (process.GRPCConfig{Section: "user.grpc", Addr: addr}).Listen(); err == nil || !strings.HasPrefix(err.Error(), "user.grpc.addr (") {
			t.Errorf("%s: got %v, want an error that names user.grpc.addr", addr, err)
		}
	}
}
