package process

import (
	"net"
	"net/netip"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"todokit/pkg/tlsconfig"
)

// WarnPlaintext warns of a service that others reach over a network without TLS
// between services: what they send can be read there, and whoever can write to etcd
// can put a service of their own in its place.
func WarnPlaintext(logger log.Logger, c tlsconfig.Config, address string) {
	if c.Enabled() || isLocal(address) {
		return
	}
	_ = level.Warn(logger).Log("msg", "others reach this service over the network without TLS: tokens and passwords can be read there, and services be replaced; set grpc.tls.*, with ca_file",
		"addr", address)
}

// isLocal says whether an address is within this machine.
func isLocal(address string) bool {
	if strings.HasPrefix(address, unixPrefix) {
		return true
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}
