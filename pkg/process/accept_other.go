//go:build !unix

package process

import (
	"errors"
	"net"
)

// acceptQueued is for systems on which a socket cannot be asked without waiting:
// connections that are queued when a server stops are reset.
func acceptQueued(uintptr) (net.Conn, error) { return nil, errors.ErrUnsupported }
