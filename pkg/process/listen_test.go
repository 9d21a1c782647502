package process_test

import (
	"net"
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
		for range 2 { // the second time with the socket that the first left behind
			l, advertise, err := c.cfg.Listen()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if u, ok := l.(*net.UnixListener); ok {
				u.SetUnlinkOnClose(false)
			}
			if err := l.Close(); err != nil || !strings.HasPrefix(advertise, c.want) {
				t.Errorf("%s: advertises %q, close: %v", name, advertise, err)
			}
		}
	}
	if _, _, err := (process.GRPCConfig{Addr: "nowhere"}).Listen(); err == nil || !strings.HasPrefix(err.Error(), "grpc.addr:") {
		t.Errorf("got %v, want an error that names grpc.addr", err)
	}
}
