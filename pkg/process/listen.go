package process

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"google.golang.org/grpc"

	"todokit/pkg/config"
	"todokit/pkg/tlsconfig"
	"todokit/pkg/unixsocket"
)

// unixPrefix marks the address of a Unix socket: "unix:/run/todokit/user.sock".
const unixPrefix = "unix:"

// GRPCConfig says where a service listens for the other services.
type GRPCConfig struct {
	Section   config.Section
	Addr      string           `config:"addr" usage:"host:port (port 0: any free one), or unix:/path, to serve gRPC on"`
	Advertise string           `config:"advertise" usage:"host:port, or unix:/path, under which the other processes reach it; empty: the address it listens on, with this machine's own address where that names no host"`
	TLS       tlsconfig.Config `config:"tls"`
}

// ServerCredentials are the options of a gRPC server. Errors name the key.
func (c GRPCConfig) ServerCredentials() ([]grpc.ServerOption, error) {
	options, err := c.TLS.ServerCredentials()
	if err != nil {
		return nil, fmt.Errorf("%s.%w", c.Section, err)
	}
	return options, nil
}

// Listen binds the address, and returns what to advertise for it. Until Accept is
// called, connections are closed at once. Its errors name the key.
func (c GRPCConfig) Listen() (net.Listener, string, error) {
	l, err := Listen(c.Addr)
	if err != nil {
		return nil, "", c.Section.Invalid("addr", "%w", err)
	}
	if c.Advertise != "" {
		return newNotReadyListener(l), c.Advertise, nil
	}
	advertise, err := reachable(l.Addr())
	if err != nil {
		return nil, "", errors.Join(c.Section.Invalid("advertise", "%w", err), l.Close())
	}
	return newNotReadyListener(l), advertise, nil
}

// Listen binds "host:port" or "unix:/path". Only its owner may connect to a Unix
// socket. One that a dead process left behind is replaced; anything else at the
// path stays, and is an error.
func Listen(addr string) (net.Listener, error) {
	if path, unix := strings.CutPrefix(addr, unixPrefix); unix {
		return unixsocket.Listen(path)
	}
	return net.Listen("tcp", addr) //nolint:noctx // binding does not wait for anything
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
