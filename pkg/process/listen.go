package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"todokit/pkg/tlsconfig"
)

// unixPrefix marks the address of a Unix socket: "unix:/run/todokit/user.sock".
const unixPrefix = "unix:"

// GRPCConfig says where a service listens for the other services.
type GRPCConfig struct {
	Addr      string           `config:"addr" usage:"host:port (port 0: any free one), or unix:/path, to serve gRPC on"`
	Advertise string           `config:"advertise" usage:"host:port, or unix:/path, under which the other processes reach it; empty: the address it listens on, with this machine's own address where that names no host"`
	TLS       tlsconfig.Config `config:"tls"`
}

// Listen binds the address, and returns what to advertise for it. Until Accept is
// called, connections are closed at once. Its errors name the key.
func (c GRPCConfig) Listen() (net.Listener, string, error) {
	l, err := Listen(c.Addr)
	if err != nil {
		return nil, "", fmt.Errorf("grpc.addr: %w", err)
	}
	if c.Advertise != "" {
		return newNotReadyListener(l), c.Advertise, nil
	}
	advertise, err := reachable(l.Addr())
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("grpc.advertise: %w", err), l.Close())
	}
	return newNotReadyListener(l), advertise, nil
}

// Listen binds "host:port" or "unix:/path". A socket that an earlier process
// left behind is replaced, and only its owner may connect to the new one.
func Listen(addr string) (net.Listener, error) {
	path, unix := strings.CutPrefix(addr, unixPrefix)
	if !unix {
		return net.Listen("tcp", addr) //nolint:noctx // binding does not wait for anything
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path) //nolint:noctx // binding does not wait for anything
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// reachable returns the address under which others reach a listener.
func reachable(a net.Addr) (string, error) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return unixPrefix + a.String(), nil
	}
	if !tcp.IP.IsUnspecified() {
		return tcp.String(), nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			return (&net.TCPAddr{IP: ip.IP, Port: tcp.Port}).String(), nil
		}
	}
	return "", errors.New("this machine has no address of its own to advertise; set one")
}
