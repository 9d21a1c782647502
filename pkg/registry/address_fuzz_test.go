package registry_test

import (
	"net"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"todokit/pkg/registry"
)

// FuzzDialTarget shows that whatever somebody writes into etcd as the address of
// an instance is refused, or can be dialled, and is of no other scheme than ours.
func FuzzDialTarget(f *testing.F) {
	for _, seed := range []string{
		"127.0.0.1:9001", "[::1]:9001", "user-1.example.com:443", "unix:/run/user.sock", "unix:///run/user.sock", "unix:run/user.sock", ":9001", "0.0.0.0:1",
		"127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1", "host:http", "dns://8.8.8.8/x:1", "passthrough:///x:1", "xds:///x:1", "a/b:1", "a%zz:1", "a?b:1", "unix:/a\x00b", "[fe80::1%25eth0]:1", "\xff:1", "a b:1", "unix:/run/\xff.sock", "unix:/run/a#b?c%41 d.sock",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		target, err := registry.DialTarget(address)
		if err != nil {
			return
		}
		if !utf8.ValidString(address) {
			t.Errorf("%q is not UTF-8, and would make metrics panic", address)
		}
		if !strings.HasPrefix(target, "dns:///") && !strings.HasPrefix(target, "unix:///") {
			t.Errorf("%q became %q", address, target)
		}
		if rest, ok := strings.CutPrefix(target, "dns:///"); ok {
			if host, _, err := net.SplitHostPort(rest); err != nil || host == "" {
				t.Errorf("%q became %q: %v", address, target, err)
			}
		}
		cc, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Errorf("%q was accepted, and became %q: %v", address, target, err)
			return
		}
		_ = cc.Close()
	})
}
