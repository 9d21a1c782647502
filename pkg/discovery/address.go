package discovery

import (
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
)

// target turns an instance's address, "host:port" or "unix:///path", into what
// gRPC dials.
func target(address string) (string, error) {
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		socket = strings.TrimPrefix(socket, "//")
		if !path.IsAbs(socket) {
			return "", fmt.Errorf("address %q: the path of the socket is not absolute", address)
		}
		return "unix://" + socket, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("address %q is neither host:port nor unix:///path: %w", address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("address %q has no port that can be dialled", address)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		return "", fmt.Errorf("address %q has no host that others can dial", address)
	}
	return "dns:///" + address, nil
}
