package registry

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// hostName is what may be a name in the DNS. Other characters could have a
// meaning in the URL that a gRPC target is.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$`)

// DialTarget turns an instance's address, "host:port" or "unix:///path", into
// what gRPC dials. Returns an error for an address that nobody can dial, or that
// would select another of gRPC's resolvers.
func DialTarget(address string) (string, error) {
	if !utf8.ValidString(address) { // it is a label of metrics, which would panic
		return "", fmt.Errorf("address %q is not UTF-8", address)
	}
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		socket = strings.TrimPrefix(socket, "//")
		if !path.IsAbs(socket) {
			return "", fmt.Errorf("address %q: the path of the socket is not absolute", address)
		}
		return (&url.URL{Scheme: "unix", Path: socket}).String(), nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("address %q is neither host:port nor unix:///path: %w", address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("address %q has no port that can be dialled", address)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil && !hostName.MatchString(host) || err == nil && (ip.IsUnspecified() || ip.Zone() != "") {
		return "", fmt.Errorf("address %q has no host that others can dial", address)
	}
	return "dns:///" + address, nil
}
